# An image that has only the mock, one file without shared libraries, and the certificates to call back over https. It is
# built for another architecture without emulation.
#
#   docker build -t enrichment-mock .                              with Debian 13's compiler and libraries
#   docker build -t enrichment-mock --build-arg DEBIAN=bookworm .  with Debian 12's
#   docker build -t enrichment-mock --platform linux/arm64 .       for arm64
#   docker run --rm -p 8080:8080 -v "$PWD/scenarios:/scenarios:ro" --read-only enrichment-mock
ARG DEBIAN=trixie

FROM --platform=$BUILDPLATFORM debian:${DEBIAN}-slim AS build
ARG TARGETARCH
WORKDIR /source
COPY server/packages.sh server/
COPY server/packages/static server/packages/static
RUN bash -euc 'source server/packages.sh; need_certificates; install_needed' \
 && server/packages/static/build --prepare $TARGETARCH
COPY CMakeLists.txt CMakePresets.json ./
COPY scenarios scenarios
COPY server server
ARG COMMIT
RUN SOURCE_COMMIT=$COMMIT server/packages/static/build $TARGETARCH

# The content of the image, under /image.
RUN install -D build/static-*/server/enrichment-mock /image/usr/local/bin/enrichment-mock \
 && cp -Lt /image --parents /etc/ssl/certs/ca-certificates.crt \
 && mkdir /image/scenarios /state

FROM scratch
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="enrichment-mock" \
      org.opencontainers.image.description="A local emulator of the Salesfinity e-mail enrichment API" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /image /
# A new volume takes its owner from here: the user below.
COPY --from=build --chown=10001:10001 /state /state
VOLUME /state
# Change a setting with its variable: the health check reads variables, but not flags. `::` means every address, also of
# IPv4, with or without IPv6.
ENV PATH=/usr/local/bin \
    ENRICHMENT_MOCK_HOST=:: \
    ENRICHMENT_MOCK_SCENARIOS=/scenarios \
    ENRICHMENT_MOCK_CALLBACK_ALLOW=all
WORKDIR /scenarios
USER 10001:10001
EXPOSE 8080
# Without a start period, in which engines check only every five seconds: the mock is ready before the first check.
HEALTHCHECK --interval=2s --timeout=3s --retries=3 CMD ["/usr/local/bin/enrichment-mock", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/enrichment-mock"]
