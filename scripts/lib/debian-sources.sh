#!/bin/sh
# Prints the apt sources of Debian 13, with the mirrors that this computer's own apt uses for Debian.
# debian-sources.sh --guest adds what only the guest image needs: Debian 13's source packages, and Debian 14.
# vm-assets/apt-preferences keeps apt from preferring Debian 14.
set -eu

mirror() {
	# shellcheck disable=SC2016 # apt-get expands it
	apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		awk -v label="$1" '$1 == label { print $2; exit }'
}

main=$(mirror Debian)
security=$(mirror Debian-Security)
main=${main:-http://deb.debian.org/debian}
security=${security:-http://deb.debian.org/debian-security}

echo "deb $main trixie main"
echo "deb $main trixie-updates main"
echo "deb $security trixie-security main"
if [ "${1:-}" != --guest ]; then exit 0; fi

echo "deb-src $main trixie main"
echo "deb-src $main trixie-updates main"
echo "deb-src $security trixie-security main"
# Debian 14 is still Debian's testing release. Debian's signature on testing is valid for only a week, and the files of
# a mirror may be older than a week. So apt accepts an expired signature here. vm-assets/build.sh verifies that the
# engine is new enough.
echo "deb [check-valid-until=no] $main forky main"
