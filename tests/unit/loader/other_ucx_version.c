/* Preloaded, it makes UCX look like another version than the one that the module was built for. */
void ucp_get_version(unsigned* major, unsigned* minor, unsigned* release) {
    *major = 1;
    *minor = 99;
    *release = 7;
}
