import type { RunRequest } from '../../../../src/shared/run'

/** A request with a value for nearly every setting. */
export const request: RunRequest = {
  image: 'app:1',
  name: 'web',
  command: ['sh', '-c', 'echo "it\'s" $A'],
  environment: [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ],
  ports: [{ hostIp: '', hostPort: 80, containerPort: 8080, protocol: 'tcp' }],
  volumes: [{ volume: 'data', path: '/data', readOnly: true }],
  binds: [{ hostPath: '/src', path: '/src', readOnly: false }],
  tmpfs: [{ path: '/scratch', size: 1024 }],
  autoRemove: false,
  tty: false,
  openStdin: true,
  restart: { policy: 'on-failure', retries: 2 },
  cpus: 1.5,
  memory: 512 * 1024 ** 2,
  pids: 10,
  health: { kind: 'command', command: 'true', interval: 0.5, timeout: 0, startPeriod: 0, retries: 0 },
  labels: [{ name: 'l', value: '' }],
  networks: [{ network: 'back', aliases: ['a', 'b'], ipv4: '10.0.0.9', ipv6: '' }],
  extraHosts: [{ name: 'h', address: 'host-gateway' }],
  dns: ['1.1.1.1', '::1'],
  capAdd: ['NET_ADMIN'],
  capDrop: ['ALL'],
  devices: [{ source: '/dev/fuse', path: '/dev/fuse', permissions: 'rwm' }],
  logging: { driver: 'local', options: [{ name: 'max-size', value: '1m' }] },
}
