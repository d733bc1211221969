import { describe, expect, it } from 'vitest'
import * as commands from '../../../../src/shared/docker-commands'

const { commandLine } = commands
const project = {
  name: 'shop',
  folder: '/my shop',
  files: ['/my shop/compose.yaml'],
  envFiles: [],
  profiles: ['dev'],
}
const build = {
  folder: '/src/app',
  dockerfile: 'docker/Dockerfile',
  tags: ['app:1'],
  arguments: [{ name: 'TOKEN', value: 'hunter2' }],
  target: 'web',
  platform: 'linux/arm64',
  secrets: [{ id: 'npm', value: 'hunter2' }],
  noCache: true,
  pull: true,
}
const plainBuild = {
  ...{ ...build, dockerfile: 'Dockerfile', arguments: [], target: '', platform: '', secrets: [] },
  ...{ noCache: false, pull: false },
}
const pair = (name: string, value: string) => ({ name, value })

describe('the command of an action', () => {
  it.each([
    [commands.containerCommand('stop', ['a', 'b']), 'docker stop a b'],
    [commands.containerCommand('remove', ['a']), 'docker rm -f -v a'],
    [commands.removeCommand(['a'], { force: false, volumes: false }), 'docker rm a'],
    [commands.killCommand('a', 'SIGKILL'), 'docker kill a'],
    [commands.killCommand('a', 'SIGHUP'), 'docker kill -s SIGHUP a'],
    [commands.renameCommand('a', 'b'), 'docker rename a b'],
    [commands.execCommand('a', '/bin/sh', {}), 'docker exec -it a /bin/sh'],
    [
      commands.execCommand('a', '/bin/sh', { user: 'node', folder: '/my app' }),
      "docker exec -it -u node -w '/my app' a /bin/sh",
    ],
    [
      commands.commitCommand('a', {
        reference: 'copy',
        message: "it's done",
        author: '',
        changes: ['CMD ["sh"]'],
        pause: false,
      }),
      `docker commit -m 'it'\\''s done' -c 'CMD ["sh"]' --pause=false a copy:latest`,
    ],
    [commands.exportCommand('a'), 'docker export -o a.tar a'],
    [commands.startAttachedCommand('a', { tty: true }), 'docker start -ai a'],
    // Without a terminal, Berth passes no input on.
    [commands.startAttachedCommand('a', { tty: false }), 'docker start -a a'],
    [
      commands.updateLimitsCommand('a', { Memory: 96 * 2 ** 20, MemorySwap: -1, PidsLimit: -1 }),
      'docker update -m 96m --memory-swap -1 --pids-limit -1 a',
    ],
    [
      commands.updateLimitsCommand('a', { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } }),
      'docker update --restart on-failure:3 a',
    ],
    [commands.copyOutCommand('a', '/my%20app/x.txt'), "docker cp 'a:/my app/x.txt' ."],
    [commands.copyOutCommand('a', '/etc/link', true), 'docker cp -L a:/etc/link .'],
    // A copy of everything has no name of its own.
    [commands.copyOutCommand('a', '/'), 'docker cp a:/ a'],
    [commands.copyInCommand('a', '/'), 'docker cp FILE a:/'],
    [commands.copyInCommand('a', '/my%20app', ['b c']), "docker cp 'b c' 'a:/my app/'"],
    [commands.copyInCommand('a', '/x', ['b:c']), 'docker cp ./b:c a:/x/'],
    [commands.copyInCommand('a', '/x', ['-b']), 'docker cp ./-b a:/x/'],
    // The command copies one file or folder at a time.
    [commands.copyInCommand('a', '/x', ['b', 'c']), 'docker cp FILE a:/x/'],
    [commands.loginCommand('docker.io', 'me'), 'docker login -u me'],
    [commands.loginCommand('ghcr.io', ''), 'docker login ghcr.io'],
    [commands.logoutCommand('docker.io'), 'docker logout'],
    [commands.logoutCommand('localhost:5000'), 'docker logout localhost:5000'],
    [commands.reclaimCommand('images'), 'docker image prune -a'],
    [commands.reclaimCommand('containers'), 'docker container prune'],
    [commands.reclaimCommand('volumes'), 'docker volume prune -a'],
    [commands.reclaimCommand('build-cache'), 'docker builder prune -a'],
    [commands.pullCommand('nginx:latest'), 'docker pull nginx:latest'],
    [commands.pushCommand('me/app:1'), 'docker push me/app:1'],
    [commands.tagCommand('a:1', 'b:2'), 'docker tag a:1 b:2'],
    [commands.removeImageCommand(['a:1', 'b:2']), 'docker rmi a:1 b:2'],
    [commands.pruneImagesCommand(false), 'docker image prune'],
    [commands.pruneImagesCommand(true), 'docker image prune -a'],
    [commands.saveCommand(['a:1']), 'docker save -o images.tar a:1'],
    [commands.loadCommand('my images.tar'), "docker load -i 'my images.tar'"],
    [commands.importCommand('root.tar', 'base:1'), 'docker import root.tar base:1'],
    [
      commands.buildCommand(build),
      'docker build -t app:1 -f /src/app/docker/Dockerfile --build-arg TOKEN --secret id=npm --target web --platform linux/arm64 --no-cache --pull /src/app',
    ],
    [
      commands.buildCommand({ ...plainBuild, folder: '~/my app', dockerfile: 'docker/Dockerfile' }),
      `docker build -t app:1 -f ~/'my app/docker/Dockerfile' ~/'my app'`,
    ],
    [commands.buildCommand({ ...plainBuild, folder: '~' }), 'docker build -t app:1 ~'],
    [
      commands.buildCommand({ ...plainBuild, folder: String.raw`~\my app` }),
      String.raw`docker build -t app:1 "$HOME"'\my app'`,
    ],
    [
      commands.createVolumeCommand({
        name: 'v',
        driver: 'local',
        options: { type: 'tmpfs' },
        labels: { a: 'b c' },
      }),
      "docker volume create -o type=tmpfs --label 'a=b c' v",
    ],
    [commands.removeVolumeCommand('v'), 'docker volume rm v'],
    [commands.pruneVolumesCommand(), 'docker volume prune -a'],
    [
      commands.createNetworkCommand({
        name: 'n',
        driver: 'macvlan',
        subnets: [{ subnet: '10.0.0.0/24', gateway: '10.0.0.1', range: '' }],
        internal: true,
        attachable: false,
        ipv6: false,
        options: [pair('parent', 'eth0')],
        labels: [pair('a', 'b')],
      }),
      'docker network create -d macvlan --subnet 10.0.0.0/24 --gateway 10.0.0.1 --internal -o parent=eth0 --label a=b n',
    ],
    [
      commands.connectCommand({ network: 'n', container: 'c', aliases: ['x'], ipv4: '10.0.0.9', ipv6: '' }),
      'docker network connect --alias x --ip 10.0.0.9 n c',
    ],
    [commands.disconnectCommand('n', 'c'), 'docker network disconnect n c'],
    [commands.removeNetworkCommand('n'), 'docker network rm n'],
    [commands.pruneNetworksCommand(), 'docker network prune'],
    [
      commands.composeActionCommand(project, { action: 'restart', services: ['web'] }),
      'docker compose -p shop --profile dev restart web',
    ],
    [
      commands.composeActionCommand(project, { action: 'pull', services: ['web'] }),
      "docker compose -p shop --project-directory '/my shop' -f '/my shop/compose.yaml' --profile dev pull --ignore-buildable web",
    ],
    // Compose itself starts the services before it watches, as Berth does.
    [
      commands.composeActionCommand(
        { ...project, files: [], profiles: [] },
        { action: 'watch', services: [] },
      ),
      'docker compose -p shop watch',
    ],
    [
      commands.composeCommand({ ...project, files: [], profiles: [] }, ['down']),
      'docker compose -p shop down',
    ],
  ])('%j', (words, line) => {
    expect(words && commandLine(words)).toBe(line)
  })

  it('is absent if a path has bytes or characters that no line can show', () => {
    expect(commands.copyOutCommand('a', '/%FF')).toBeUndefined()
    expect(commands.copyOutCommand('a', `/${encodeURIComponent('\u202E')}gnp`)).toBeUndefined()
    expect(commands.copyInCommand('a', '/%0A')).toBeUndefined()
    expect(commands.copyOutCommand('a', '/%ED%95%9C')).toEqual(['docker', 'cp', 'a:/한', '.'])
  })

  it('is absent if no limit changes', () => {
    expect(commands.updateLimitsCommand('a', {})).toBeUndefined()
  })
})
