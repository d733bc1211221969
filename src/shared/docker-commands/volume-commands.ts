import type { NewVolume } from '../volumes'
import { each, unless } from './words'

function pairs(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `${name}=${value}`)
}

export function createVolumeCommand({ name, driver, options, labels }: NewVolume): string[] {
  return [
    ...['docker', 'volume', 'create'],
    ...unless('-d', driver, 'local'),
    ...each('-o', pairs(options)),
    ...each('--label', pairs(labels)),
    name,
  ]
}

export function removeVolumeCommand(name: string): string[] {
  return ['docker', 'volume', 'rm', name]
}

export function pruneVolumesCommand(): string[] {
  return ['docker', 'volume', 'prune', '-a']
}
