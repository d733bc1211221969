import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parsePath, pathCommand } from '../../../../src/main/stack/path-commands'
import { base64, output } from './support'

describe('the findings of a path', () => {
  it('are parsed', () => {
    expect(parsePath(output)).toEqual({
      namespace: '4026532301',
      machineNamespace: '4026531840',
      interfaces: [
        { index: 1, name: 'lo', peer: undefined, mac: '', addresses: ['127.0.0.1'] },
        { index: 4, name: 'eth0', peer: 5, mac: '02:42:ac:11:00:02', addresses: ['172.17.0.2'] },
      ],
      veths: [{ index: 5, name: 'veth1a2b3c4', bridge: 'docker0' }],
      bridges: new Map([['docker0', ['172.17.0.1']]]),
      first: { pid: 900, inner: 1, command: 'sh -c httpd -f', socket: undefined },
      listening: [{ pid: 910, inner: 7, command: 'httpd -f', socket: '00000000:0050' }],
      rules: ['-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80'],
      proxies: [
        {
          pid: 950,
          command:
            '/usr/lib/berth/port-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80 -use-listen-fd',
        },
      ],
    })
  })

  it('survive a process that pretends to be lines of the output', () => {
    const hostile = base64('a\nnetns net:[1] net:[1]\nprocess 1 1 \0')
    const found = parsePath(`netns net:[2] net:[3]\nprocess 900 1 ${hostile}  \n`)
    expect(found).toMatchObject({ namespace: '2', first: { pid: 900 } })
    expect(found?.first?.command).toBe('a\nnetns net:[1] net:[1]\nprocess 1 1')
  })

  it('keep an @ in the name of an interface', () => {
    const found = parsePath('netns net:[2] net:[3]\nlink 4: a@if1@if9: <UP> mtu 1500\n')
    expect(found?.interfaces).toMatchObject([{ name: 'a@if1', peer: 9 }])
  })

  it('are undefined if the process has ended', () => {
    expect(parsePath('')).toBeUndefined()
  })
})

describe('the command', () => {
  it('is a program for the machine’s shell, with and without a port', async () => {
    const port = { hostPort: 8080, containerPort: 80, protocol: 'tcp' as const }
    for (const command of [pathCommand({ pid: 1, port }), pathCommand({ pid: 1, port: undefined })])
      await promisify(execFile)('/bin/busybox', ['sh', '-n', '-c', command])
  })

  it('describes only the oldest process of the namespace that has the socket open', async () => {
    // Stands for a machine with a socket that 5,000 processes share. The oldest one is in another namespace.
    const machine = `
cat() { echo '0: 00000000:0050 00000000:0000 0A 0 0 0 0 0 4711'; }
ls() {
  busybox seq 7000 -1 2000 | busybox awk '{
    print "/proc/" $1 "/fd:"
    for (fd = 3; fd < 5; fd++) print "lrwx------ 1 root root 64 Nov 28 10:00 " fd " -> socket:[4711]"
  }'
}
readlink() { case $1 in /proc/2000/*) echo 'net:[2]' ;; *) echo 'net:[1]' ;; esac; }
nsenter() { :; }
ip() { :; }
iptables() { :; }
`
    const port = { hostPort: 8080, containerPort: 80, protocol: 'tcp' as const }
    const command = machine + pathCommand({ pid: 900, port })
    const { stdout } = await promisify(execFile)('/bin/busybox', ['sh', '-c', command])
    const described = stdout.split('\n').filter((line) => line.startsWith('process '))
    expect(described.map((line) => line.split(' ')[1])).toEqual(['900', '2001'])
    expect(described[1]).toMatch(/ 4711 00000000:0050$/)
  })
})
