import { describe, expect, it } from 'vitest'
import { dockerHostLine } from '../../../../src/renderer/lib/docker-host-line'

describe('dockerHostLine', () => {
  it.each([
    ['unix:///home/me/run/docker.sock', 'export DOCKER_HOST=unix:///home/me/run/docker.sock'],
    [
      'unix:///Users/me/Application Support/d.sock',
      "export DOCKER_HOST='unix:///Users/me/Application Support/d.sock'",
    ],
    ["unix:///it's/$x.sock", "export DOCKER_HOST='unix:///it'\\''s/$x.sock'"],
    ['npipe:////./pipe/berth-docker-1', "$env:DOCKER_HOST = 'npipe:////./pipe/berth-docker-1'"],
  ])('quotes %s for the shell if necessary', (address, line) => {
    expect(dockerHostLine(address)).toBe(line)
  })
})
