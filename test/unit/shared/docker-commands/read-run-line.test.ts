import { describe, expect, it } from 'vitest'
import { readPairsFile, readRunLine, withFile } from '../../../../src/shared/docker-commands/read'

const folder = '/home/me/app'

/** Reads a line that must be right. */
function read(text: string, from = folder) {
  const found = readRunLine(text, from)
  if ('problem' in found) throw new Error(`${found.problem}: ${found.subject}`)
  return found
}
/** Returns the problem of a line, and the marked part of its text. */
function problemOf(text: string) {
  const found = readRunLine(text, folder)
  if (!('problem' in found)) throw new Error('the line has no problem')
  return [found.problem, found.subject, text.slice(found.start, found.end)]
}

describe('a pasted docker run line', () => {
  it.each([
    'docker run -d -p 5000:8080 -v /usr/src/app/node_modules -v %cd%:/usr/src/app docker-practice',
    'docker run -d -p 5000:8080 -v /usr/src/app/node_modules -v $(pwd):/usr/src/app docker-practice',
    'docker run -d -p 5000:8080 -v /usr/src/app/node_modules -v ${PWD}:/usr/src/app docker-practice',
    '$ sudo docker container run -dp 5000:8080 -v /usr/src/app/node_modules -v "$PWD":/usr/src/app docker-practice',
    'podman run -d -p=5000:8080 \\\n  --volume=/usr/src/app/node_modules \\\n  -v .:/usr/src/app \\\n  docker-practice',
    'docker run -d ^\r\n -p 5000:8080 ^\r\n -v /usr/src/app/node_modules ^\r\n -v %CD%:/usr/src/app docker-practice',
    'PS C:\\> docker.exe run -p5000:8080 `\n -v /usr/src/app/node_modules `\n -v `pwd`:/usr/src/app docker-practice',
    'docker build -t docker-practice ./ && docker run -p 5000:8080 -v /usr/src/app/node_modules -v ./:/usr/src/app docker-practice',
    '# the server\ncd app\ndocker create -p 5000:8080\n  -v /usr/src/app/node_modules -v ./x/..:/usr/src/app\n docker-practice',
  ])('of the notes fills the form: %s', (text) => {
    const { request, notTaken } = read(text)
    expect(request).toMatchObject({
      image: 'docker-practice',
      command: [],
      ports: [{ hostIp: '', hostPort: 5000, containerPort: 8080, protocol: 'tcp' }],
      volumes: [{ volume: '', path: '/usr/src/app/node_modules', readOnly: false }],
      binds: [{ hostPath: folder, path: '/usr/src/app', readOnly: false }],
    })
    expect(notTaken).toEqual([])
  })

  it('says that it needs a folder, and only then', () => {
    for (const mount of ['$(pwd):/x', './src:/x', '../x:/x', '${PWD}/a:/x'])
      expect(read(`docker run -v ${mount} a`, '').needsFolder).toBe(true)
    expect(read('docker run --mount type=bind,src=./x,dst=/x a', '').needsFolder).toBe(true)
    expect(read('docker run -w $(pwd) a', '').needsFolder).toBe(true)
    expect(read('docker run -v ~/x:/x -v data:/y -v /z a', '').needsFolder).toBe(false)
    expect(read("docker run -e 'A=$(pwd)' a", '').needsFolder).toBe(false)
    expect(read('docker run -v $(pwd)/src:/x a').request.binds?.[0]?.hostPath).toBe('/home/me/app/src')
    expect(read('docker run -v ../x:/x a').request.binds?.[0]?.hostPath).toBe('/home/me/x')
    expect(read('docker run -v .\\src:/x -v C:\\data:/y a', 'C:\\app').request.binds).toMatchObject([
      { hostPath: 'C:\\app\\src' },
      { hostPath: 'C:\\data' },
    ])
  })

  it('takes the arguments after the image as they are', () => {
    const { request } = read(`docker run -it --rm alpine sh -c "echo \\"\\$HOME\\" -p" --name x`)
    expect(request).toMatchObject({ tty: true, openStdin: true, autoRemove: true, image: 'alpine' })
    expect(request.command).toEqual(['sh', '-c', 'echo "$HOME" -p', '--name', 'x'])
    expect(read('docker run alpine ls').request.command).toEqual(['ls'])
    expect(read('docker run hello-world').request).toMatchObject({ image: 'hello-world', command: [] })
  })

  it('knows the values of every flag that the form has', () => {
    const { request, notTaken } = read(
      `docker run --name web -itd --restart on-failure:3 -p 127.0.0.1:80:80/udp -p '[::1]:443:443' -p 8000-8001:90-91
        -e A=1 --env B='two words' -e A=3 -l x --label y=z -m 1.5g --cpus 2 --pids-limit -1 -u 1:1 -w /app
        --tmpfs /t:rw,size=64m --mount "type=bind,source=/s,target=/b,readonly" --read-only --init --platform linux/arm64
        --health-interval 1m30s --health-cmd 'curl x' --health-retries 2 --network net --network-alias a --ip 10.0.0.2
        --add-host db:10.0.0.1 --add-host v6=[::1] --dns 1.1.1.1 --cap-add NET_ADMIN --device /dev/fuse:r
        --log-driver local --log-opt max-size=1m --hostname h -v "data:/d:ro" image`,
    )
    expect(notTaken).toEqual([])
    expect(request).toMatchObject({
      name: 'web',
      restart: { policy: 'on-failure', retries: 3 },
      ports: [
        { hostIp: '127.0.0.1', hostPort: 80, containerPort: 80, protocol: 'udp' },
        { hostIp: '::1', hostPort: 443, containerPort: 443, protocol: 'tcp' },
        { hostIp: '', hostPort: 8000, containerPort: 90, protocol: 'tcp' },
        { hostIp: '', hostPort: 8001, containerPort: 91, protocol: 'tcp' },
      ],
      environment: [
        { name: 'A', value: '3' },
        { name: 'B', value: 'two words' },
      ],
      labels: [
        { name: 'x', value: '' },
        { name: 'y', value: 'z' },
      ],
      memory: 1.5 * 1024 ** 3,
      cpus: 2,
      pids: 0,
      user: '1:1',
      workingDirectory: '/app',
      tmpfs: [{ path: '/t', size: 64 * 1024 ** 2 }],
      binds: [{ hostPath: '/s', path: '/b', readOnly: true }],
      volumes: [{ volume: 'data', path: '/d', readOnly: true }],
      readOnlyRoot: true,
      init: true,
      platform: 'linux/arm64',
      health: { kind: 'command', command: 'curl x', interval: 90, timeout: 0, startPeriod: 0, retries: 2 },
      networks: [{ network: 'net', aliases: ['a'], ipv4: '10.0.0.2', ipv6: '' }],
      extraHosts: [
        { name: 'db', address: '10.0.0.1' },
        { name: 'v6', address: '::1' },
      ],
      dns: ['1.1.1.1'],
      capAdd: ['NET_ADMIN'],
      devices: [{ source: '/dev/fuse', path: '/dev/fuse', permissions: 'r' }],
      logging: { driver: 'local', options: [{ name: 'max-size', value: '1m' }] },
      hostname: 'h',
    })
  })

  it('names every flag that the form cannot hold, and drops none', () => {
    const { notTaken, request } = read(
      `docker --context other run --gpus all --pid container:db -P --shm-size=1g -v data:/d:z,nocopy --ulimit nofile=1:2
        --network container:db --network-alias x -e FROM_SHELL --link a:b -p 9000-9010:80 --health-timeout 3s
        --tmpfs /t:mode=1777 --entrypoint "" --pull always --sig-proxy=false -a stdout image`,
    )
    expect(notTaken).toEqual([
      '--context other',
      '--gpus all',
      '--pid container:db',
      '-P',
      '--shm-size=1g',
      '-v data:/d:z,nocopy (z, nocopy)',
      '--ulimit nofile=1:2',
      '--network container:db',
      '-e FROM_SHELL',
      '--link a:b',
      '-p 9000-9010:80',
      '--tmpfs /t:mode=1777 (mode=1777)',
      '--entrypoint ""',
      '--pull always',
      '--sig-proxy=false',
      '-a stdout',
      '--health-timeout 3s',
      '--network-alias x',
    ])
    expect(request.volumes).toEqual([{ volume: 'data', path: '/d', readOnly: false }])
    expect(read('docker run --pull missing --privileged=false -q image').notTaken).toEqual([])
  })

  it('takes no redirection or pipe for an argument, and names it', () => {
    const { request, notTaken } = read(
      'cat x | docker run -i -e A=<password> image sh -c "a > b" < dump.sql >out.txt 2>&1 | tee log | sort && docker run two',
    )
    expect(request.command).toEqual(['sh', '-c', 'a > b'])
    expect(request.environment).toEqual([{ name: 'A', value: '<password>' }])
    expect(notTaken).toEqual([
      ...['cat x |', '< dump.sql', '>out.txt', '2>&1', '| tee log', '| sort', 'docker run two'],
    ])
    expect(read('> docker run <image>').request.image).toBe('<image>')
    expect(read('docker run \\\n> -d \\\n> nginx').request.image).toBe('nginx')
    expect(read('docker run -u `id -u`:$(id -g) image')).toMatchObject({
      request: { user: '`id -u`:$(id -g)' },
      variables: ['`id -u`', '$(id -g)'],
    })
  })

  it('keeps the default network besides another, and reads all notations of a port, mount and switch', () => {
    const { request, notTaken } = read(
      `docker run --network bridge --network other --cpus=.5 --health-cmd x --health-timeout .5s --privileged=True --pid=host -p published=8080,target=80
        -p 53:53/UDP --mount type=BIND,src=/s,dst=/b -v $(pwd):$(pwd) -w $(pwd) image`,
    )
    expect(notTaken).toEqual([])
    expect(request).toMatchObject({
      privileged: true,
      hostPid: true,
      cpus: 0.5,
      health: { timeout: 0.5 },
      networks: [{ network: 'bridge' }, { network: 'other' }],
      ports: [
        { hostPort: 8080, containerPort: 80, protocol: 'tcp' },
        { hostPort: 53, containerPort: 53, protocol: 'udp' },
      ],
      binds: [
        { hostPath: '/s', path: '/b' },
        { hostPath: folder, path: folder },
      ],
      workingDirectory: folder,
    })
    expect(read('docker run --network bridge image').request.networks).toEqual([])
    expect(read('docker run --volume=$(pwd):/x:z image').notTaken).toEqual(['--volume=$(pwd):/x:z (z)'])
  })

  it('reads a hostile text in a short time, and as few ports as the form accepts', () => {
    const many = read(`docker run ${'-p 1-600:1-600 '.repeat(100)} image`)
    expect(many.request.ports).toHaveLength(600)
    expect(many.notTaken).toHaveLength(99)
    for (const part of ['${', '$(', '\n', '\nPS ', '`', '%a', "'\\''", '<', '-e "', '\\\n']) {
      const begin = performance.now()
      readRunLine(`docker run ${part.repeat(50_000 / part.length)}`, folder)
      expect(performance.now() - begin, JSON.stringify(part)).toBeLessThan(2000)
    }
  })

  it('names the variables of a shell that Berth cannot know', () => {
    const { variables, request } = read('docker run -e TOKEN=$TOKEN -e "HOME=$HOME" image')
    expect(read('cd $APP && docker run --gpus $GPUS -l a=$LABEL image').variables).toEqual(['$LABEL'])
    expect(variables).toEqual(['$TOKEN', '$HOME'])
    expect(request.environment).toEqual([
      { name: 'TOKEN', value: '$TOKEN' },
      { name: 'HOME', value: '$HOME' },
    ])
    const mounted = read('docker run -v $HOME/x:/x -v "${HOME}":/y --env-file=$HOME/a.env image')
    expect(mounted.variables).toEqual([])
    expect(mounted.request.binds?.map(({ hostPath }) => hostPath)).toEqual(['~/x', '~'])
    expect(mounted.files.map(({ path, written }) => [path, written])).toEqual([
      ['~/a.env', '--env-file=$HOME/a.env'],
    ])
  })

  it('says what is wrong, and where', () => {
    expect(problemOf('  ')).toEqual(['empty', '', ''])
    expect(problemOf('docker ps -a')).toEqual(['notRun', 'docker', 'docker'])
    expect(problemOf('echo docker run x')).toEqual(['notRun', 'echo', 'echo'])
    expect(problemOf('docker run --gpu all image')).toEqual(['unknownFlag', '--gpu', '--gpu'])
    expect(problemOf('docker run -iz image')).toEqual(['unknownFlag', '-z', '-iz'])
    expect(problemOf('docker run -d -p 80:80')).toEqual(['missingImage', '', ''])
  })

  it('says which value is wrong', () => {
    expect(problemOf('docker run --name')).toEqual(['missingValue', '--name', '--name'])
    expect(problemOf('docker run -p web:80 image')).toEqual(['wrongValue', '-p web:80', '-p web:80'])
    expect(problemOf('docker run --memory=lots image')[0]).toBe('wrongValue')
    expect(problemOf('docker run --rm=maybe image')[0]).toBe('wrongValue')
    expect(problemOf('docker run --restart sometimes image')[0]).toBe('wrongValue')
    expect(problemOf('docker run -v relative image')[0]).toBe('wrongValue')
    expect(problemOf(`docker run -e 'A=1 image`)).toEqual(['unclosedQuote', "'", "'A=1 image"])
  })

  it('names the files with variables and labels, whose rows the flags override', () => {
    const { files, request } = read('docker run --env-file dev.env --label-file /l.txt -e A=flag image')
    expect(files.map(({ kind, path }) => [kind, path])).toEqual([
      ['env', '/home/me/app/dev.env'],
      ['label', '/l.txt'],
    ])
    const rows = readPairsFile('\uFEFF# note\r\nA=file\n\nB="kept as it is"\nSHELL_ONLY\n C=3=4', 'env')
    const [env] = files
    if (env === undefined) throw new Error('no file')
    expect(withFile(request, env, rows).environment).toEqual([
      { name: 'B', value: '"kept as it is"' },
      { name: 'C', value: '3=4' },
      { name: 'A', value: 'flag' },
    ])
  })
})
