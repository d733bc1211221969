import { readdir } from 'node:fs/promises'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { z } from 'zod'

const resultSchema = z.object({ figures: z.record(z.string(), z.number()) })

it('every benchmark completes with the command from the docs', async () => {
  const names = (await readdir('bench')).flatMap((file) => /^(.*)\.ts$/.exec(file)?.[1] ?? [])
  const { stdout } = await execa('npm', ['run', '--silent', 'bench', '--', 'smoke', '--json'])
  const { figures } = resultSchema.parse(JSON.parse(stdout.split('\n').at(-1) ?? ''))
  const expected = names.filter((name) => name !== 'smoke').map((name) => `${name}_seconds`)
  expect(Object.keys(figures).sort()).toEqual(expected.sort())
}, 900_000)
