# Every script in this folder sources this file.
. /usr/lib/berth/guest-constants.sh

# These functions write lines for the host to the serial console. Their arguments are: stage NAME, error CODE message…,
# report NAME value…
stage() { echo "berth: stage $1" >/dev/console; }
error() { echo "berth: error $*" >/dev/console; }
report() { echo "berth: report $*" >/dev/console; }

# pause SECONDS: like sleep, but starts no process. On an emulated processor, even a process of the shell takes several
# milliseconds. So the shell reads from a pipe to which no process writes, with a time limit.
pause() {
	if [ ! -p /run/berth/never ]; then mkfifo /run/berth/never 2>/dev/null; fi
	# shellcheck disable=SC3045 # busybox ash has read -t
	read -r -t "$1" _ <>/run/berth/never
	:
}

# wait_until COMMAND…: waits until the command succeeds, for example wait_until test -S /run/docker.sock
wait_until() { until "$@"; do pause 0.05; done; }

# wait_at_most SECONDS COMMAND…: like wait_until, but with a time limit.
wait_at_most() {
	tries=$(($1 * 20))
	shift
	until "$@"; do
		tries=$((tries - 1))
		if [ $tries -lt 0 ]; then return 1; fi
		pause 0.05
	done
}

# announce STAGE COMMAND…: waits in the background until the command succeeds, then reports the stage. Stops waiting if
# the service has ended. The service has the process id of the calling script ($$), because the script becomes the
# service (exec).
announce() {
	name=$1
	shift
	( (
		while kill -0 $$ 2>/dev/null; do
			if "$@"; then
				stage "$name"
				break
			fi
			pause 0.05
		done
	) & )
}

# load MODULE…: loads kernel modules. This function calls modprobe by its path. Otherwise the shell would run busybox's
# modprobe, which does not wait for a module that another process is still loading.
load() { /usr/sbin/modprobe -a "$@"; }

# from_host NAME FILE: copies a file from the host's fw_cfg, if the host provides it.
from_host() {
	load qemu_fw_cfg
	entry=/sys/firmware/qemu_fw_cfg/by_name/$FW_CFG_FOLDER/$1/raw
	if [ -e "$entry" ]; then cat "$entry" >"$2"; fi
}

# free_mib FOLDER: prints how many MiB can still be written to the folder.
free_mib() { df -Pm "$1" | awk 'NR == 2 { print $4 }'; }

# begin NAME CODE: the first call in every script of a service. Redirects the output to the service's log and writes the
# process id to /run/berth/NAME.pid. The process id stays the same when the script becomes the service (exec).
# init runs the script again when the service ends. So if /run/berth/NAME.pid exists, the service has failed before, and
# this function reports the error CODE.
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
