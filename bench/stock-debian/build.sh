#!/bin/sh
# Builds the VM with which the benchmarks "boot" and "idle" compare Berth. It is Debian 13 as a user would install it
# (systemd, cloud-init, docker.io), but without firmware and boot loader. So the VM boots faster than a VM with them.
# Prints the directory with vmlinuz, initrd.img and disk.qcow2. If this version of the script has already built the
# directory, prints that directory without a new build.
set -eu

# Only the directory goes to standard output. The output of the tools goes to standard error.
exec 3>&1 1>&2

here=$(cd "$(dirname "$0")" && pwd)
cache=$(node "$here/../../scripts/lib/guest-image.mjs")
image=$cache/stock-debian-$(sha256sum "$0" | cut -c 1-12)
if [ -e "$image/disk.qcow2" ]; then
	echo "$image" >&3
	exit
fi

for tool in mmdebstrap mke2fs qemu-img; do
	if ! command -v $tool >/dev/null; then
		echo "missing $tool: apt-get install --no-install-recommends mmdebstrap e2fsprogs qemu-utils"
		exit 1
	fi
done
if [ "$(id -u)" != 0 ]; then
	echo "run this as root: it installs a whole system into a directory"
	exit 1
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/.stock-debian.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root

# The packages of Debian's cloud images, and docker.io.
packages=linux-image-amd64,systemd-sysv,systemd-resolved,dbus,udev,apparmor,cloud-init,netplan.io,openssh-server,sudo
"$here/../../scripts/lib/debian-sources.sh" |
	mmdebstrap --variant=important --architectures=amd64 --format=directory \
		--include="$packages,docker.io,docker-cli,ca-certificates" trixie "$root" -

echo '/dev/vda / ext4 rw,discard,errors=remount-ro 0 1' >"$root/etc/fstab"

# The data that a cloud provider would give to cloud-init.
seed=$root/var/lib/cloud/seed/nocloud
mkdir -p "$seed"
printf 'instance-id: stock\nlocal-hostname: stock\n' >"$seed/meta-data"
printf '#cloud-config\n{}\n' >"$seed/user-data"

# docker.service has the type "notify", so systemd counts it as started when the Engine API answers. The message begins
# with a line break, because other output may not have ended its line.
cat >"$root/etc/systemd/system/stock-ready.service" <<'UNIT'
[Unit]
Requires=docker.service
After=docker.service

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'printf "\\nstock: ready\\n" >/dev/ttyS0'

[Install]
WantedBy=multi-user.target
UNIT
ln -s ../stock-ready.service "$root/etc/systemd/system/multi-user.target.wants/"

# For the benchmark "idle": prints the memory in use, in KiB, two minutes after the ready line.
cat >"$root/usr/local/sbin/stock-memory" <<'SCRIPT'
#!/bin/sh
sleep 120
used=$(awk '/^MemTotal/ { all = $2 } /^MemAvailable/ { print all - $2 }' /proc/meminfo)
printf '\nstock: memory %s\n' "$used" >/dev/ttyS0
SCRIPT
chmod 755 "$root/usr/local/sbin/stock-memory"
cat >"$root/etc/systemd/system/stock-memory.service" <<'UNIT'
[Unit]
After=stock-ready.service

[Service]
ExecStart=/usr/local/sbin/stock-memory

[Install]
WantedBy=multi-user.target
UNIT
ln -s ../stock-memory.service "$root/etc/systemd/system/multi-user.target.wants/"

result=$work/result
mkdir "$result"
cp "$root"/boot/vmlinuz-* "$result/vmlinuz"
cp "$root"/boot/initrd.img-* "$result/initrd.img"
mke2fs -q -t ext4 -d "$root" "$work/disk.raw" 8G
qemu-img convert -O qcow2 "$work/disk.raw" "$result/disk.qcow2"
mv "$result" "$image"
echo "$image" >&3
