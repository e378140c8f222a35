# An image that has only the mock: the program, the libraries that it links, and the certificates to call
# back over https.
#
#   docker build -t enrichment-mock .                              with Debian 13's compiler and libraries
#   docker build -t enrichment-mock --build-arg DEBIAN=bookworm .  with Debian 12's
#   docker run --rm -p 8080:8080 -v "$PWD/scenarios:/scenarios:ro" --read-only enrichment-mock
ARG DEBIAN=trixie

FROM debian:${DEBIAN}-slim AS build
WORKDIR /source
COPY server/packages.sh server/
RUN bash -euc 'source server/packages.sh; need_to_build; need_certificates; install_needed'
COPY CMakeLists.txt CMakePresets.json ./
COPY scenarios scenarios
COPY server server
RUN cmake --preset release && cmake --build --preset release --target enrichment-mock

# The content of the image, under /image. Names are resolved as on Debian, in /etc/hosts first.
RUN install -Ds build/release/server/enrichment-mock /image/usr/local/bin/enrichment-mock \
 && ldd build/release/server/enrichment-mock | grep -o '/[^ ]*' | xargs cp -Lt /image --parents \
 && cp -Lt /image --parents /etc/ssl/certs/ca-certificates.crt \
 && mkdir /image/scenarios \
 && echo 'mock:x:10001:10001::/scenarios:/usr/sbin/nologin' >/image/etc/passwd \
 && echo 'mock:x:10001:' >/image/etc/group \
 && echo 'hosts: files dns' >/image/etc/nsswitch.conf

FROM scratch
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="enrichment-mock" \
      org.opencontainers.image.description="A local emulator of the Salesfinity e-mail enrichment API" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /image /
# Change a setting with its variable: the health check reads variables, but not flags. `::` means every address, also of
# IPv4, with or without IPv6.
ENV PATH=/usr/local/bin \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    ENRICHMENT_MOCK_HOST=:: \
    ENRICHMENT_MOCK_SCENARIOS=/scenarios \
    ENRICHMENT_MOCK_CALLBACK_ALLOW=all
WORKDIR /scenarios
USER 10001:10001
EXPOSE 8080
# Without a start period, in which engines check only every five seconds: the mock is ready before the first check.
HEALTHCHECK --interval=2s --timeout=3s --retries=3 CMD ["/usr/local/bin/enrichment-mock", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/enrichment-mock"]
