/*
 * Compose files by what they are about. The checks of the editor (test/unit/renderer/lib/compose) and
 * `docker compose config` in the machine (test/integration/compose-files.test.ts) agree on all of them.
 */

function service(rest: string): string {
  return `services:\n  web:\n    image: demo\n    ${rest}\n`
}

export const validComposeFiles: Record<string, string> = {
  'one service, a name, own keys and comments':
    '# top\nname: demo\nx-own: { any: [1, two] }\nservices: { "web": { image: \'demo\', x-more: true } } # end\n',
  'ports in all forms': service(
    'ports: [80, "81:80", "127.0.0.1:82:80", "90-92:90-92", "93:80/udp", "[::1]:94:80", "127.0.0.1::80", "0:81", "95-96:83", { target: 80, published: "8080", protocol: tcp }]',
  ),
  'lists and maps of variables, labels, dependencies and networks': `
services:
  web:
    image: demo
    environment: { A: 1, B: two, C: true, D: }
    labels: [a=b]
    depends_on: [db]
    networks: [front, default]
    links: ["db:database"]
  db:
    image: demo
    environment: [A=1, B]
    labels: { a: b }
    annotations: { c: d }
    depends_on: { cache: { condition: service_healthy, restart: true, required: false } }
    networks: { front: { aliases: [www], ipv4_address: 10.9.0.2 } }
  cache: { image: demo, ipc: host }
  side: { image: demo, network_mode: service:db }
networks:
  front: { driver: bridge, internal: true, ipam: { config: [{ subnet: 10.9.0.0/24 }] } }
`,
  'commands, health checks and hooks': `
services:
  web:
    image: demo
    command: a b
    healthcheck: { test: [CMD, "true"], interval: 1m30s, timeout: 500ms, retries: 3, start_period: 0s }
    stop_grace_period: 1.5h
    post_start: [{ command: ls }]
  db: { image: demo, command: [a, b], entrypoint: sh -c, healthcheck: { test: x, interval: 1d } }
  none: { image: demo, command: , healthcheck: { disable: true } }
`,
  'volumes, secrets and configs': `
services:
  web:
    image: demo
    volumes:
      - data:/data
      - ./here:/here:ro
      - /anonymous
      - d:/windows
      - { type: volume, source: data, target: /d2, read_only: true }
      - { type: tmpfs, target: /t, tmpfs: { size: 1000000 } }
      - { type: bind, source: ., target: /b, bind: { create_host_path: false } }
    secrets: [token, { source: token, target: /t, mode: 288 }]
    configs: [conf]
volumes: { data: , other: { name: elsewhere, external: true } }
secrets: { token: { environment: HOME } }
configs: { conf: { content: text } }
`,
  'limits and settings of the kernel': `
services:
  web:
    image: demo
    deploy: { replicas: 2, resources: { limits: { cpus: "0.5", memory: 64M, pids: 10 } } }
    logging: { driver: local, options: { max-size: 1m } }
    ulimits: { nproc: 5, nofile: { soft: 1, hard: 2 } }
    sysctls: { net.core.somaxconn: 1024 }
  db: { image: demo, cpu_shares: 10, mem_limit: 64MiB, memswap_limit: -1, shm_size: 5000000, gpus: all }
`,
  'texts for true and false, policies and hosts': `
services:
  web: { image: demo, privileged: "true", tty: yes, stdin_open: false, init: true, restart: "on-failure:3" }
  db: { image: demo, restart: unless-stopped, pull_policy: every_12h, profiles: [debug], attach: false }
  dns: { image: demo, extra_hosts: ["a:10.0.0.1"], dns: 10.0.0.2, dns_search: [example.org] }
`,
  'builds and watches': `
services:
  web:
    build: { context: ., dockerfile: Dockerfile, args: { A: 1 }, target: base, labels: [a=b] }
    develop: { watch: [{ path: ., action: sync, target: /app }] }
  db: { build: . }
`,
  'variables with defaults': service(
    'environment: { A: "${MISSING:-x}" }\n    privileged: ${MISSING:-false}\n    ports: ["${PORT:-8080}:80"]',
  ),
  'anchors, merges, tags and two documents': `
x-base: &base { image: demo, restart: always }
services:
  web: { <<: *base }
  db:
    <<: *base
    command: !reset null
    ports: !override ["80:80"]
---
services: { cache: { image: demo } }
`,
}

export const invalidComposeFiles: Record<string, string> = {
  'an unknown key at the top': 'service: { web: { image: demo } }\n',
  'an unknown key of a service': service('imagee: x'),
  'a service without image': 'services: { web: { restart: always } }\n',
  'a key without value': service('ports:'),
  'a port over 65535': service('ports: ["80:80000"]'),
  'an address of IPv6 without brackets': service('ports: ["::1:80:80"]'),
  'a missing condition': `${service('depends_on: { db: { restart: true } }')}  db: { image: demo }\n`,
  'a missing service': service('depends_on: [db]'),
  'a missing volume': service('volumes: ["data:/data"]'),
  'a duration without unit': service('healthcheck: { test: x, interval: "5" }'),
  'a size that is no number': service('mem_limit: lots'),
  'neither true nor false': service('privileged: maybe'),
  'two ways to networks': service('network_mode: host\n    networks: [default]'),
  'a number as name': 'services: { 1: { image: demo } }\n',
  'a key that appears twice': service('image: other'),
  'a name without its anchor': 'services: { web: { image: *demo } }\n',
  'a tab as indentation': 'services:\n\tweb: { image: demo }\n',
}
