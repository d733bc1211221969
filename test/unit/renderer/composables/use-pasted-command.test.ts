import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { usePastedCommand } from '../../../../src/renderer/composables/use-pasted-command'

/** The texts of the files of this computer. */
const files = vi.hoisted(() => new Map<string, string>())

vi.mock('../../../../src/renderer/api', () => ({
  api: {
    projectFiles: {
      read: ({ path }: { path: string }) => {
        const text = files.get(path)
        return text === undefined ? Promise.reject(new Error('no such file')) : Promise.resolve({ text })
      },
    },
  },
}))

describe('a pasted text with files', () => {
  const scope = effectScope()
  beforeEach(() => {
    vi.useFakeTimers()
    files.clear()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  async function paste(text: string) {
    const pasted = scope.run(() => usePastedCommand())
    if (pasted === undefined) throw new Error('The scope has ended')
    pasted.text.value = text
    await vi.advanceTimersByTimeAsync(1000)
    return pasted
  }

  it('reads a file of compose by the rules of compose, and a file of docker by its own', async () => {
    files.set('/app/dev.env', '# mine\nexport A="two words" # note\nB=\'x\'')
    const compose = await paste('image: x\nenv_file: /app/dev.env')
    expect(compose.request.value?.environment).toEqual([
      { name: 'A', value: 'two words' },
      { name: 'B', value: 'x' },
    ])
    expect(compose.notTaken.value).toEqual([])
    files.set('/app/dev.env', '# mine\nA="two words" # note')
    const line = await paste('docker run --env-file /app/dev.env x')
    expect(line.request.value?.environment).toEqual([{ name: 'A', value: '"two words" # note' }])
  })

  it('names a file that it cannot read', async () => {
    files.set('/app/odd.env', '- no variables')
    files.set('/app/empty.env', '\n# nothing\n')
    const text = 'image: x\nenv_file: [/app/odd.env, /app/empty.env, /app/missing.env]'
    const { notTaken, request } = await paste(text)
    expect(notTaken.value).toEqual(['env_file: /app/odd.env', 'env_file: /app/missing.env'])
    expect(request.value?.environment).toEqual([])
  })

  it('says what is wrong with a text that the parser of YAML refuses late', async () => {
    const { problem, request } = await paste('image: *missing')
    expect(problem.value?.problem).toBe('wrongYaml')
    expect(request.value).toBeUndefined()
  })
})
