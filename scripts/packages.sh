# shellcheck shell=sh disable=SC2034 # what is set here is used by the scripts that source it
# Debian and Ubuntu packages, for the other scripts to source.

# What the PDF needs: WeasyPrint's libraries, and faces for Chinese, other scripts and emoji.
PDF_PACKAGES="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk fonts-noto-core fonts-noto-color-emoji"
# What tests examine a PDF with.
TEST_PACKAGES="poppler-utils qpdf"
# What the heavy tests examine an EPUB with; it brings Java.
HEAVY_PACKAGES="epubcheck"

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

root_is_to_be_had() {
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# apt-get update, once for a script that installs several times.
update_lists() {
    [ "$apt_lists" = new ] || as_root apt-get -qq -o Acquire::Retries=3 update || return 1
    apt_lists=new
}

# install_packages WHY PACKAGE...: installs those that are missing, by sudo where it is not run by
# root. Where that does not work it says what to run by hand, and returns 1.
install_packages() {
    why=$1
    shift
    wanted=$(missing_packages "$@")
    [ -n "$wanted" ] || return 0
    if root_is_to_be_had; then
        say "Installing $wanted ($why)."
        [ "$(id -u)" = 0 ] || say "Nothing else needs root; sudo may ask for your password."
        # shellcheck disable=SC2086 # the list is meant to be split into words
        update_lists && as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 \
            -o Dpkg::Use-Pty=0 install --no-install-recommends $wanted >/dev/null && return 0
        say "That did not work."
    else
        say "Missing: $wanted ($why). To install it takes root, and there is none to be had here."
    fi
    say "Please run this by hand, as root:"
    say "    apt-get update && apt-get install $wanted"
    return 1
}
