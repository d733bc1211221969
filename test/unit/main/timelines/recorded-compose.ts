/** The events of the engine 28 for Docker Compose 2.40, in the order in which they were recorded. */

/** An event. `name` is the container of a network's or volume's event. `at`: milliseconds since the first event. */
export type ComposeEvent = [
  type: string,
  action: string,
  id: string,
  name: string,
  at: number,
  service?: string,
  more?: Record<string, string>,
]

/** `docker compose up` of a project with a database that has a health check, and a web server that waits for it. */
export const upEvents: readonly ComposeEvent[] = [
  ['network', 'create', 'aac51120', 'recorded_default', 0.0],
  ['volume', 'create', 'recorded', '', 51.1],
  ['container', 'create', 'bd7102b4', 'recorded-db-1', 245.0, 'db'],
  ['container', 'create', '1c9862d3', 'recorded-web-1', 404.5, 'web'],
  ['network', 'connect', 'aac51120', 'bd7102b4', 1645.0],
  ['container', 'start', 'bd7102b4', 'recorded-db-1', 1781.9, 'db'],
  ['container', 'health_status: healthy', 'bd7102b4', 'recorded-db-1', 3123.4, 'db'],
  ['volume', 'mount', 'recorded', '1c9862d3', 3333.7],
  ['network', 'connect', 'aac51120', '1c9862d3', 4152.0],
  ['container', 'start', '1c9862d3', 'recorded-web-1', 4352.8, 'web'],
]

/** `docker compose restart web`. */
export const restartEvents: readonly ComposeEvent[] = [
  ['container', 'kill', '1c9862d3', 'recorded-web-1', 4685.0, 'web'],
  ['container', 'kill', '1c9862d3', 'recorded-web-1', 4829.2, 'web'],
  ['container', 'die', '1c9862d3', 'recorded-web-1', 5161.1, 'web', { exitCode: '137' }],
  ['volume', 'mount', 'recorded', '1c9862d3', 5191.5],
  ['network', 'connect', 'aac51120', '1c9862d3', 6177.5],
  ['container', 'start', '1c9862d3', 'recorded-web-1', 6304.2, 'web'],
  ['container', 'restart', '1c9862d3', 'recorded-web-1', 6305.3, 'web'],
]

/** `docker compose run --rm web true`. */
export const runEvents: readonly ComposeEvent[] = [
  [
    'container',
    'create',
    'b3840fd8',
    'recorded-web-run-819a23c61ac3',
    7366.9,
    'web',
    { 'com.docker.compose.oneoff': 'True' },
  ],
  ['volume', 'mount', 'recorded', 'b3840fd8', 7502.0],
  ['network', 'connect', 'aac51120', 'b3840fd8', 8450.9],
  [
    'container',
    'start',
    'b3840fd8',
    'recorded-web-run-819a23c61ac3',
    8603.3,
    'web',
    { 'com.docker.compose.oneoff': 'True' },
  ],
  [
    'container',
    'die',
    'b3840fd8',
    'recorded-web-run-819a23c61ac3',
    9139.3,
    'web',
    { 'com.docker.compose.oneoff': 'True' },
  ],
  [
    'container',
    'destroy',
    'b3840fd8',
    'recorded-web-run-819a23c61ac3',
    9181.9,
    'web',
    { 'com.docker.compose.oneoff': 'True' },
  ],
]

/** `docker compose up --force-recreate`. */
export const recreateEvents: readonly ComposeEvent[] = [
  ['container', 'create', 'bf6259a0', 'bd7102b4169e_recorded-db-1', 9474.8, 'db'],
  ['container', 'kill', 'bd7102b4', 'recorded-db-1', 9591.3, 'db'],
  ['container', 'kill', 'bd7102b4', 'recorded-db-1', 9711.3, 'db'],
  ['container', 'die', 'bd7102b4', 'recorded-db-1', 10105.0, 'db', { exitCode: '137' }],
  ['container', 'destroy', 'bd7102b4', 'recorded-db-1', 10161.6, 'db'],
  ['container', 'rename', 'bf6259a0', 'recorded-db-1', 10195.7, 'db'],
  ['container', 'create', '0dd9a548', '1c9862d3927d_recorded-web-1', 10319.7, 'web'],
  ['container', 'kill', '1c9862d3', 'recorded-web-1', 10431.2, 'web'],
  ['container', 'kill', '1c9862d3', 'recorded-web-1', 10547.3, 'web'],
  ['container', 'die', '1c9862d3', 'recorded-web-1', 10963.5, 'web', { exitCode: '137' }],
  ['container', 'destroy', '1c9862d3', 'recorded-web-1', 11051.1, 'web'],
  ['container', 'rename', '0dd9a548', 'recorded-web-1', 11081.7, 'web'],
  ['network', 'connect', 'aac51120', 'bf6259a0', 12075.2],
  ['container', 'start', 'bf6259a0', 'recorded-db-1', 12414.4, 'db'],
  ['container', 'health_status: healthy', 'bf6259a0', 'recorded-db-1', 14110.7, 'db'],
  ['volume', 'mount', 'recorded', '0dd9a548', 14484.2],
  ['network', 'connect', 'aac51120', '0dd9a548', 15898.9],
  ['container', 'start', '0dd9a548', 'recorded-web-1', 16067.1, 'web'],
]

/** `docker compose down`. */
export const downEvents: readonly ComposeEvent[] = [
  ['container', 'kill', '0dd9a548', 'recorded-web-1', 17533.6, 'web'],
  ['container', 'kill', '0dd9a548', 'recorded-web-1', 17622.6, 'web'],
  ['container', 'die', '0dd9a548', 'recorded-web-1', 18158.7, 'web', { exitCode: '137' }],
  ['container', 'destroy', '0dd9a548', 'recorded-web-1', 18262.2, 'web'],
  ['container', 'kill', 'bf6259a0', 'recorded-db-1', 18409.9, 'db'],
  ['container', 'kill', 'bf6259a0', 'recorded-db-1', 18552.9, 'db'],
  ['container', 'die', 'bf6259a0', 'recorded-db-1', 19060.9, 'db', { exitCode: '137' }],
  ['container', 'destroy', 'bf6259a0', 'recorded-db-1', 19273.8, 'db'],
  ['volume', 'destroy', 'recorded', '', 19428.8],
  ['network', 'destroy', 'aac51120', 'recorded_default', 20052.2],
]
