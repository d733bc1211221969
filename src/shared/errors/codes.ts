/** Every failure a user can cause or meet. The texts for each stand in `texts.en.ts` and `texts.ko.ts`. */
export const errorCodes = [
  'internal',
  'input.invalid',
  'not-found',

  'host.already-running',
  'host.qemu-missing',
  'host.no-space',
  'host.folder-unwritable',

  'settings.broken',
  'settings.newer',
  'settings.unwritable',

  'machine.not-running',
  'machine.image-missing',
  'machine.image-corrupt',
  'machine.image-download',
  'machine.disk-create',
  'machine.disk-locked',
  'machine.disk-unusable',
  'machine.qemu-start',
  'machine.qemu-died',
  'machine.accelerators-failed',
  'machine.boot-timeout',
  'machine.ssh-timeout',
  'machine.ssh-refused',
  'machine.host-key-mismatch',
  'machine.engine-timeout',
  'machine.engine-failed',
  'machine.connection-lost',

  'engine.unreachable',
  'engine.error',
  'container.not-found',
  'container.name-taken',
  'container.not-running',
  'container.start-failed',
  'container.no-shell',
  'image.not-found',
  'image.in-use',
  'image.reference-invalid',
  'image.archive-invalid',
  'volume.not-found',
  'volume.in-use',
  'volume.name-taken',
  'registry.unreachable',
  'registry.denied',
  'registry.no-such-image',

  'disk.full',
  'disk.trim-failed',

  'port.taken',
  'port.forward-failed',
  'port.privileged',
  'port.reserved',

  'mounts.not-shared',
  'mounts.network-path',
  'mounts.not-absolute',

  'session.not-found',
  'session.spawn-failed',
  'session.window-blocked',
  'upload.not-found',

  'api.disconnected',
] as const

export type ErrorCode = (typeof errorCodes)[number]
