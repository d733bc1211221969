import type { MachineProcess } from '../../../../src/main/machine'

export const machineProcess: MachineProcess = {
  pid: 4711,
  qemu: { system: '/usr/bin/qemu', qemuImg: '', version: 'QEMU emulator version 7.2', major: 7 },
  image: {
    folder: '/image',
    recipe: 'recipe',
    dataFormat: 1,
    kernel: '/image/kernel',
    initrd: '/image/initrd',
    root: '/image/root',
  },
  accelerator: 'tcg',
  size: { cpus: 2, memoryMiB: 2048, diskGiB: 16 },
}

/** The form in which the machine sends texts of containers. */
export const base64 = (text: string) => Buffer.from(text).toString('base64')

/** The output for a container on the default bridge that publishes port 8080. */
export const output = [
  'netns net:[4026532301] net:[4026531840]',
  'link 1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\\    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00',
  'link 4: eth0@if5: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue \\    link/ether 02:42:ac:11:00:02 brd ff:ff:ff:ff:ff:ff',
  'address 1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever',
  'address 4: eth0    inet 172.17.0.2/16 brd 172.17.255.255 scope global eth0\\       valid_lft forever preferred_lft forever',
  'veth 5 veth1a2b3c4 docker0',
  'bridge 3: docker0    inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0\\       valid_lft forever',
  `process 900 1 ${base64('sh\0-c\0httpd -f\0')}  `,
  `process 910 7 ${base64('httpd\0-f\0')} 4711 00000000:0050`,
  'rule -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
  'proxy 950 /usr/lib/berth/port-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80 -use-listen-fd ',
  '',
].join('\n')
