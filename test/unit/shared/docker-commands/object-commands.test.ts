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
      "docker compose -p shop --project-directory '/my shop' -f '/my shop/compose.yaml' --profile dev restart web",
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
    expect(commandLine(words)).toBe(line)
  })
})
