#!/bin/sh
# Builds the guest image: build.sh ARCH OUTPUT-DIRECTORY, with Debian's apt sources on standard input.
# scripts/vm-build.mjs runs this script. vm-build.mjs also installs the tools, manages the cache and shows the "== step"
# lines as progress. This script runs no program from the packages, so every computer can build every architecture.
set -eu

arch=$1 out=$2
here=$(cd "$(dirname "$0")" && pwd)
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(date +%s)}"
umask 022

case $arch in
x86_64) deb_arch=amd64 compiler=x86_64-linux-gnu-gcc ;;
arm64) deb_arch=arm64 compiler=aarch64-linux-gnu-gcc ;;
*) echo "unknown architecture $arch" >&2 && exit 1 ;;
esac

work=$(mktemp -d "${TMPDIR:-/tmp}/berth-guest.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root
initramfs=$work/initramfs
mkdir "$root" "$initramfs"

# The values on which the guest and the app must agree, as files for C, the shell and sed.
"${NODE:-node}" "$here/generate-constants.mjs" "$work"
. "$work/guest-constants.sh"

# list FILE: prints the lines of the file without comments and blank lines.
list() { sed 's/[[:space:]]*#.*//; /^$/d' "$here/$1"; }

# number OFFSET FILE: prints the little-endian 32-bit number at this offset.
number() { od -An -tu4 --endian=little -j "$1" -N 4 "$2" | tr -d ' '; }

# unpack_kernel BZIMAGE ELF: unpacks the kernel here, so that the kernel does not unpack itself at every boot. 497, 584
# and 588 are the offsets of setup_sects, payload_offset and payload_length in the x86 boot protocol. The last 4 bytes
# of the payload are the unpacked size.
unpack_kernel() {
	setup=$(od -An -tu1 -j 497 -N 1 "$1")
	start=$(((setup + 1) * 512 + $(number 584 "$1")))
	length=$(($(number 588 "$1") - 4))
	tail -c +$((start + 1)) "$1" | head -c $length | zstd -q -d >"$2"
	# QEMU starts the unpacked kernel at the address in this note.
	if ! readelf -n "$2" | grep -q 'Xen *0x[0-9a-f]*.*0x00000012'; then
		echo "the kernel has no PVH entry" >&2
		exit 1
	fi
}

echo "== packages"
packages=$(list packages.txt | awk '$1 != "-"' | sed "s/@KERNEL@/linux-image-$deb_arch/" | paste -sd ,)
# The extract hook works in the folder of the downloaded packages. It writes two lists into the root: the versions of
# all packages, and the files of the packages that packages.txt drops. It also downloads upstream's source of the same
# version of iptables. apt verifies the download.
DROPPED=$(list packages.txt | awk '$1 == "-" { print $2 }')
export DROPPED
# shellcheck disable=SC2016 # expanded by mmdebstrap's shell
mmdebstrap --variant=extract --architectures="$deb_arch" --include="$packages" \
	--setup-hook="cp '$here/apt-preferences' \"\$1/etc/apt/preferences.d/berth\"" --extract-hook='
	cd "$1/var/cache/apt/archives"
	for deb in *.deb; do dpkg-deb -W --showformat="\${Package} \${Version}\n" "$deb"; done | LC_ALL=C sort >"$1/packages"
	for name in $DROPPED; do dpkg-deb --fsys-tarfile "$name"_*.deb | tar -t | grep -v "/$"; done >"$1/dropped"
	version=$(dpkg-deb -W --showformat="\${source:Version}" iptables_*.deb)
	APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get source --download-only --tar-only "iptables=$version"
	mv iptables_*.orig.tar.xz "$1/iptables.tar.xz"
	' trixie "$work/root.tar" -
tar -C "$root" --exclude='./dev/*' -xpf "$work/root.tar"
rm "$work/root.tar"
mv "$root/packages" "$out/$IMAGE_FILE_PACKAGES"
# A mirror may still have an old state of Debian 14.
if ! awk '$1 == "docker.io" { exit int($2) < 28 }' "$out/$IMAGE_FILE_PACKAGES"; then
	echo "the engine of this mirror is too old: $(grep '^docker.io ' "$out/$IMAGE_FILE_PACKAGES")" >&2
	exit 1
fi
(cd "$root" && xargs rm -f <dropped && rm dropped)
mv "$root/iptables.tar.xz" "$work/"

echo "== kernel and modules"
mv "$root"/boot/vmlinuz-* "$out/$IMAGE_FILE_KERNEL"
if [ "$arch" = x86_64 ]; then unpack_kernel "$out/$IMAGE_FILE_KERNEL" "$out/$IMAGE_FILE_UNPACKED_KERNEL"; fi
version=$(ls "$root/usr/lib/modules")
all=$work/modules
mkdir -p "$all/lib/modules"
mv "$root/usr/lib/modules/$version" "$all/lib/modules/"
depmod -b "$all" "$version"

kept=$root/usr/lib/modules/$version
mkdir -p "$kept"
(
	cd "$all/lib/modules/$version"
	cp modules.builtin modules.builtin.modinfo modules.order "$kept/"
	# A line of modules.dep is "module: modules that it needs".
	list modules.txt | while read -r path; do
		# shellcheck disable=SC2086 # globs are meant
		find kernel/$path kernel/$path.xz -name '*.ko.xz' 2>/dev/null || true
	done | awk 'NR == FNR { line = $0; sub(/:.*/, ""); needs[$0] = line; next } { print needs[$0] }' modules.dep - |
		tr -d : | tr ' ' '\n' | sort -u | grep . | cpio --quiet -pdm "$kept"
)
# The modules are stored unpacked, because an emulated processor would unpack xz for seconds at every boot. The release
# compresses the root image as a whole.
find "$kept" -name '*.ko.xz' -exec unxz {} +
depmod -b "$root" "$version"

echo "== iptables"
# An emulated processor needs more time to link Debian's iptables with its libraries and extensions than to do the work
# of a call. So iptables-legacy is a static program here, which contains its extensions. The extension connlabel is
# missing, because it needs a library that Debian 13 has only as a shared one. The source does not contain Debian's
# patches. In 1.8.11-2, they change the nft tools and tests only. With any other version, Debian's program stays.
if grep -qx 'iptables 1.8.11-2' "$out/$IMAGE_FILE_PACKAGES"; then
	mkdir "$work/iptables"
	tar -C "$work/iptables" --strip-components=1 -xf "$work/iptables.tar.xz"
	(
		cd "$work/iptables"
		./configure --quiet --host="${compiler%-gcc}" --prefix=/usr --sysconfdir=/etc --enable-static --disable-shared \
			--disable-nftables --disable-connlabel CFLAGS="-O2 -ffile-prefix-map=$work=."
		for folder in libiptc libxtables extensions; do make -s -j "$(nproc)" -C $folder; done
		make -s -j "$(nproc)" -C iptables LDFLAGS='-all-static -s -Wl,--build-id=none' xtables-legacy-multi
	)
	cp "$work/iptables/iptables/xtables-legacy-multi" "$root/usr/sbin/"
else
	echo "iptables stays a dynamic program: this version is new, and its patches are not known"
fi

echo "== root"
(
	cd "$root"
	# Documentation, package management, other inits, and duplicate programs.
	rm -rf boot usr/share/doc usr/share/man usr/share/locale usr/share/info usr/share/lintian usr/share/bug usr/share/doc-base \
		usr/share/bash-completion usr/share/initramfs-tools usr/lib/systemd usr/lib/*/gconv etc/apt etc/cron* etc/default \
		etc/dpkg etc/init.d etc/initramfs-tools etc/kernel etc/logrotate.d etc/pam* etc/rc* etc/runit etc/ssh etc/sv \
		etc/sysctl.d etc/systemd etc/ufw etc/update-motd.d var/backups var/cache var/lib/apt var/lib/dpkg var/lib/systemd \
		var/log usr/bin/ctr usr/bin/containerd-stress usr/lib/cni usr/lib/containerd usr/share/fish usr/share/zsh \
		usr/share/docker.io usr/bin/git-shell usr/bin/scalar usr/share/gitweb usr/share/perl usr/share/perl5
	# These tools are for developers of runc only.
	cd usr/sbin
	rm -f fs-idmap memfd-bind pidfd-kill recvtty remap-rootfs sd-helper seccompagent
	cd "$root"
	# The guest's git only fetches. The following programs serve repositories or send to them.
	cd usr/lib/git-core
	rm -f git-daemon git-http-backend git-http-fetch git-http-push git-imap-send git-sh-i18n--envsubst git-shell scalar
)
cp -R "$here/rootfs/." "$root/"
(cd "$here/rootfs" && grep -rlE '@[A-Z_]+@' .) | while read -r file; do
	sed -i -f "$work/guest-constants.sed" "$root/$file"
	if grep -HE '@[A-Z_]+@' "$root/$file" >&2; then exit 1; fi
done
cp "$work/guest-constants.sh" "$root/usr/lib/berth/"
# Without a build id and without the paths of this computer, every computer builds identical programs.
compile() {
	program=$1
	shift
	"$compiler" -O2 -static -pthread -s -Wl,--build-id=none -ffile-prefix-map="$here=." \
		-I "$work" -o "$root/usr/lib/berth/$program" "$@"
}
# The numbers of the system calls differ between processors. `[NUMBER] = "NAME",` for each.
printf '#include <asm/unistd.h>\n' | "$compiler" -E -dM - |
	sed -nE 's/^#define __NR(3264)?_([a-z0-9_]+) ([0-9]+)$/[\3] = "\2",/p' | grep -v '"syscalls"' >"$work/syscall-names.h"
for program in mount-agent files tool-shell isolation; do compile "$program" "$here/agent/$program/"*.c; done
for program in port-proxy ipv6-bridge socket-relay container-stats; do compile "$program" "$here/agent/$program.c"; done
for program in log-reader keep-logs; do
	compile "$program" "$here/agent/logs/$program.c" "$here/agent/logs/log-files.c"
done
mkdir -p "$root/dev" "$root/proc" "$root/sys" "$root/run" "$root/tmp" "$root/root" "$root/var/log" "$root/etc/ssl/certs" \
	"$root$GUEST_PATH_DATA" "$root/var/lib/docker" "$root/var/lib/containerd"
chmod 1777 "$root/tmp"
chmod 700 "$root/root"
rm -rf "$root/var/run" "$root/var/lock"
ln -s /run "$root/var/run"
ln -s /run/lock "$root/var/lock"
# The time zone is the host's: see "Files of the host" in README.md.
for file in localtime timezone; do ln -sf "$GUEST_PATH_HOST_FILES/etc/$file" "$root/etc/$file"; done
# busybox provides the tools that no package contains.
list applets.txt | tr ' ' '\n' | while read -r applet; do
	if [ ! -e "$root/usr/bin/$applet" ] && [ ! -e "$root/usr/sbin/$applet" ]; then
		ln -s /usr/bin/busybox "$root/usr/bin/$applet"
	fi
done
ln -sf /usr/bin/busybox "$root/usr/sbin/init"
# dockerd calls iptables four times for a published port, and more than a hundred times when it starts. The legacy tools
# take less than half of the time that the nft tools take for these calls.
for tool in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
	ln -sf xtables-legacy-multi "$root/usr/sbin/$tool"
done
cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
ldconfig -r "$root"

# A dropped package must not contain a library that a program needs.
find "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib/openssh" "$root/usr/libexec" "$root"/usr/lib/*-linux-gnu -type f -print0 |
	xargs -0 readelf -d 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u | while read -r library; do
	if ! ls "$root"/usr/lib/*-linux-gnu/"$library" >/dev/null 2>&1; then echo "missing library $library"; fi
done >"$work/missing"
if [ -s "$work/missing" ]; then
	cat "$work/missing" >&2
	exit 1
fi

echo "== root image"
# The file system is not compressed, because an emulated processor reads faster than it unpacks. For download, the
# release compresses the whole image. This download is a quarter smaller than a compressed file system would be.
mksquashfs "$root" "$out/$IMAGE_FILE_ROOT" -noappend -quiet -no-progress -all-root -no-xattrs -no-fragments -noI -noD -noX

echo "== initramfs"
mkdir -p "$initramfs/bin" "$initramfs/dev" "$initramfs/proc" "$initramfs/sys" "$initramfs/modules" \
	"$initramfs/ro" "$initramfs/rw" "$initramfs/root"
cp "$root/usr/bin/busybox" "$initramfs/bin/"
cp "$here/initramfs/init" "$initramfs/init"
cp "$work/guest-constants.sh" "$initramfs/"
for module in virtio_pci virtio_blk squashfs overlay; do
	# modprobe prints "insmod PATH" for each module that this module needs, then for the module itself. It prints nothing
	# for built-in modules.
	modprobe -d "$root" -S "$version" --show-depends $module | awk '$1 == "insmod" { print $2 }'
done | awk '!seen[$0]++' | while read -r path; do
	cp "$path" "$initramfs/modules/"
	basename "$path"
done >"$work/order"
mv "$work/order" "$initramfs/modules/order"
find "$initramfs" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
(cd "$initramfs" && find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0) >"$out/$IMAGE_FILE_INITRD"
