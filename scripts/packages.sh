# shellcheck shell=sh disable=SC2034 # what is set here is used by the scripts that source it
# Debian and Ubuntu packages, for the other scripts to source.

# What the PDF needs: WeasyPrint's libraries, and faces for Chinese.
PDF_PACKAGES="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"
# What tests examine a PDF with.
TEST_PACKAGES="poppler-utils qpdf"

apt_lists=old

say() {
    printf '%s\n' "$*" >&2
}

# Those of the named packages that are not installed, on one line. On a system without dpkg: none.
missing_packages() {
    command -v dpkg-query >/dev/null || return 0
    absent=
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            absent="$absent $package"
    done
    printf '%s' "${absent# }"
}

# as_root COMMAND...: runs it as root, by sudo where need be. Fails where neither is to be had.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        sudo "$@"
    else
        return 1
    fi
}

# install_packages WHY PACKAGE...: installs those that are missing. Where that fails it says what to
# run by hand, and returns 1.
install_packages() {
    why=$1
    shift
    wanted=$(missing_packages "$@")
    [ -n "$wanted" ] || return 0
    say "Installing $wanted ($why)."
    [ "$(id -u)" = 0 ] || say "This is the only thing that needs root; sudo may ask for your password."
    # shellcheck disable=SC2086 # the list is meant to be split into words
    if { [ "$apt_lists" = new ] || as_root apt-get -qq -o Acquire::Retries=3 update; } &&
        apt_lists=new &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 \
            -o Dpkg::Use-Pty=0 install --no-install-recommends $wanted >/dev/null; then
        return 0
    fi
    say "That did not work. Please run this by hand, as root, and start again:"
    say "    apt-get update && apt-get install $wanted"
    return 1
}
