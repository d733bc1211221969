import { describe, expect, it } from 'vitest'
import { commandLine, pathWord, runCommand, type Word } from '../../../../src/shared/docker-commands'
import { pastedIntoPowershell, powershellVersions } from '../../../support/powershell'
import { randomRequest } from '../../../support/random-requests'
import { seededRandom } from '../../../support/seeded-random'

const home = 'C:\\Users\\Kim Min'
const line = (...words: Word[]) => commandLine(['docker', ...words], 'powershell')
const plain = (words: readonly Word[]) =>
  words.map((word) => (typeof word === 'string' ? word : home + word.home))

/** Characters that a shell or a program may read in another way, and harmless ones. */
const characters = Array.from('ab1.-=:,~\'\u2019"\u201C\\ $`%^&|<>;#@!*?(){}[]+\t\n한')

describe('a line for PowerShell', () => {
  it.each([
    [line('stop', 'web-1'), 'docker stop web-1'],
    [
      line('run', '-it', '--rm', '--pause=false', 'nginx:1.27'),
      'docker run -it --rm --pause=false nginx:1.27',
    ],
    [
      line('-v', 'C:\\Users\\me:/app', '-p', '127.0.0.1:8080:80'),
      'docker -v C:\\Users\\me:/app -p 127.0.0.1:8080:80',
    ],
    [line('-v', 'C:\\my folder:/app'), "docker -v 'C:\\my folder:/app'"],
    [line("it's", 'it\u2019s'), "docker 'it''s' 'it\u2019\u2019s'"],
    [line('-e', 'A=$HOME `x` %cd%'), "docker -e 'A=$HOME `x` %cd%'"],
    [line('--cpus', '0.5', '-p', '80'), "docker --cpus '0.5' -p 80"],
    [line('-a.b', 'a,b', '@x', '--', '~'), "docker '-a.b' 'a,b' '@x' '--' '~'"],
    [line({ home: '/my app' }, { home: '' }), 'docker "$HOME/my app" $HOME'],
    [line(pathWord('~\\my app'), pathWord('~'), pathWord('~x')), `docker "$HOME\\my app" $HOME '~x'`],
    [line({ home: ':/home' }, { home: '/$x' }), 'docker "${HOME}:/home" "$HOME/`$x"'],
    [
      line('commit', '-c', 'CMD ["sh"]', 'a', "b's"),
      `Start-Process docker -NoNewWindow -Wait -ArgumentList 'commit -c "CMD [\\"sh\\"]" a b''s'`,
    ],
    [line('exec', ''), `Start-Process docker -NoNewWindow -Wait -ArgumentList 'exec ""'`],
    [line('C:\\my folder\\'), `Start-Process docker -NoNewWindow -Wait -ArgumentList '"C:\\my folder\\\\"'`],
    [
      line('build', '-t', '', { home: '/my app' }, 'x'),
      `Start-Process docker -NoNewWindow -Wait -ArgumentList ('build -t "" "' + $HOME + '/my app" x')`,
    ],
  ])('%s', (written, expected) => {
    expect(written).toBe(expected)
  })

  it.each(powershellVersions)(
    'gives the docker CLI the same words in version %s, for random words',
    (version) => {
      const random = seededRandom(7)
      const below = (count: number) => Math.floor(random() * count)
      for (let round = 0; round < 3000; round++) {
        const words = Array.from({ length: 1 + below(5) }, (): Word => {
          const text = Array.from(
            { length: below(7) },
            () => characters[below(characters.length)] ?? '',
          ).join('')
          return below(8) === 0 ? { home: `${random() < 0.5 ? '/' : ''}${text}` } : text
        })
        const written = line(...words)
        expect(pastedIntoPowershell(written, { version, home }), written).toEqual(['docker', ...plain(words)])
      }
    },
  )

  it.each(powershellVersions)('runs the same container in version %s, for random requests', (version) => {
    const random = seededRandom(8)
    for (let round = 0; round < 200; round++) {
      const words = runCommand(randomRequest(random))
      const written = commandLine(words, 'powershell')
      expect(pastedIntoPowershell(written, { version, home }), written).toEqual(plain(words))
    }
  })
})
