#!/bin/sh
# Signs Allmende.app, packs it for all users and has Apple notarise it. UNTESTED.
#
#   APPLICATION="Developer ID Application: …"  INSTALLER="Developer ID Installer: …"
#   NOTARY=profile-of-notarytool   packaging/macos/package.sh
#
# Without the variables the steps that need them are left out, and said so.
set -eu
cd "$(dirname "$0")/../.."
app=dist/bundle/Allmende.app
version=$(.venv/bin/python -c 'from app.version import __version__; print(__version__)')
out=dist/packages
mkdir -p "$out" build/macos

if [ -n "${APPLICATION:-}" ]; then
  # From the inside out: a signature covers what lies within.
  find "$app/Contents" -type f \( -name '*.dylib' -o -name '*.so' -o -perm -111 \) -print0 |
    xargs -0 codesign --force --options runtime --timestamp --sign "$APPLICATION" \
      --entitlements packaging/macos/entitlements.plist
  codesign --force --options runtime --timestamp --sign "$APPLICATION" \
    --entitlements packaging/macos/entitlements.plist "$app"
  codesign --verify --deep --strict "$app"
else
  echo "APPLICATION is not set: the program stays unsigned." >&2
fi

"$app/Contents/MacOS/allmende" --selftest

pkgbuild --component "$app" --install-location /Applications \
  --identifier org.allmende.Allmende --version "$version" build/macos/program.pkg
sed "s/@VERSION@/$version/" packaging/macos/distribution.xml > build/macos/distribution.xml
productbuild --distribution build/macos/distribution.xml --package-path build/macos \
  ${INSTALLER:+--sign "$INSTALLER"} "$out/allmende-$version.pkg"

if [ -n "${NOTARY:-}" ]; then
  xcrun notarytool submit "$out/allmende-$version.pkg" --keychain-profile "$NOTARY" --wait
  # With the ticket in the package, Macs without a network accept it too.
  xcrun stapler staple "$out/allmende-$version.pkg"
else
  echo "NOTARY is not set: the package is not notarised." >&2
fi
