# What CPack needs to know of the Debian package; server/packages/debian/build gives the version and the files.
set(CPACK_PACKAGE_NAME enrichment-mock)
set(CPACK_PACKAGE_CONTACT "The maintainers of enrichment-mock <maintainers@enrichment-mock.example>")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "local emulator of an e-mail enrichment API
Serves the endpoints of the Salesfinity e-mail enrichment API on this machine,
for tests of its clients. Scenario files decide what lookups find, which
requests fail and what callbacks a client gets.")
set(CPACK_PACKAGE_DESCRIPTION "${CPACK_DEBIAN_PACKAGE_DESCRIPTION}")
set(CPACK_PACKAGE_VENDOR enrichment-mock)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_PACKAGE_FILE_NAME enrichment-mock)  # of its working folder
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_PACKAGING_INSTALL_PREFIX "/")
set(CPACK_SET_DESTDIR OFF)
