# Every script in this folder sources this file.
. /usr/lib/berth/guest-constants.sh

# These write lines for the host to the serial console: stage NAME, error CODE message…, report NAME value…
stage() { echo "berth: stage $1" >/dev/console; }
error() { echo "berth: error $*" >/dev/console; }
report() { echo "berth: report $*" >/dev/console; }

# wait_until COMMAND…, as in: wait_until test -S /run/docker.sock
wait_until() { until "$@"; do sleep 0.1; done; }

# pause SECONDS: like sleep, but without starting a program. A program every few seconds would be most of the load of an
# idle machine. This reads from a pipe that nobody writes to.
pause() {
	if [ ! -p /run/berth/never ]; then mkfifo /run/berth/never 2>/dev/null; fi
	# shellcheck disable=SC3045 # busybox ash has read -t
	read -r -t "$1" _ <>/run/berth/never
	:
}

# announce STAGE COMMAND…: waits in the background until the command succeeds, then reports the stage. Gives up when the
# service has ended. The service has the process id of this script, because the script becomes the service (exec).
announce() {
	name=$1
	shift
	( (
		while kill -0 $$ 2>/dev/null; do
			if "$@"; then
				stage "$name"
				break
			fi
			sleep 0.1
		done
	) & )
}

# load MODULE…: loads kernel modules. It calls modprobe by its path. Otherwise the shell would run busybox's modprobe,
# which does not wait for a module that another process is still loading.
load() { /usr/sbin/modprobe -a "$@"; }

# from_host NAME FILE: copies a file from the host's fw_cfg, if the host provides it.
from_host() {
	load qemu_fw_cfg
	entry=/sys/firmware/qemu_fw_cfg/by_name/$FW_CFG_FOLDER/$1/raw
	if [ -e "$entry" ]; then cat "$entry" >"$2"; fi
}

# free_mib FOLDER: prints how many MiB can still be written to the folder.
free_mib() { df -Pm "$1" | awk 'NR == 2 { print $4 }'; }

# begin NAME CODE: every script of a service starts with this. It redirects the output to the service's log and writes
# the process id to /run/berth/NAME.pid. The id stays the same when the script becomes the service (exec).
# init runs the script again when the service ends. So if the file exists, the service has failed: this reports CODE.
begin() {
	log=/var/log/$1.log
	pid=/run/berth/$1.pid
	if [ -e "$pid" ]; then
		error "$2" "$1 ended and starts again: $(tail -n 1 "$log")"
		sleep 3
	fi
	echo $$ >"$pid"
	exec >>"$log" 2>&1
}
