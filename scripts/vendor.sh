#!/bin/sh
# vendor.sh
#
# Copies the browser files and typefaces that this project ships out of the npm packages that
# package-lock.json names, with their licences, and lists their checksums. `git diff` then shows
# whether anything changed. Only this needs Node.js.
set -eu
cd "$(dirname "$0")/.."

npm ci --ignore-scripts --no-audit --no-fund

toolbar=static/vendor/markdown-toolbar-element
mkdir -p "$toolbar" static/fonts
cp node_modules/@github/markdown-toolbar-element/dist/index.js "$toolbar/index.js"
cp node_modules/@github/markdown-toolbar-element/LICENSE "$toolbar/LICENSE"

for face in SourceSans3-It SourceSans3-Regular SourceSans3-Semibold; do
    cp "node_modules/source-sans/TTF/$face.ttf" static/fonts/
done
for face in SourceSerif4-It SourceSerif4-Regular SourceSerif4-Semibold \
    SourceSerif4Display-Light SourceSerif4Display-Regular; do
    cp "node_modules/source-serif/TTF/$face.ttf" static/fonts/
done
cp node_modules/source-sans/LICENSE.md static/fonts/LICENSE-SourceSans.md
cp node_modules/source-serif/LICENSE.md static/fonts/LICENSE-SourceSerif.md

for folder in static/vendor static/fonts; do
    # shellcheck disable=SC2094 # find leaves SHA256SUMS out
    (cd "$folder" && find . -type f ! -name SHA256SUMS -printf '%P\n' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
done
