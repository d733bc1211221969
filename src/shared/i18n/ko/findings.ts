import type { CheckId } from '../../diagnostics/checks'
import type { Finding, FindingText } from '../../diagnostics/findings'

export const checks: Record<CheckId, string> = {
  accelerator: '가속',
  qemu: 'QEMU',
  image: '게스트 이미지',
  'data-disk': '데이터 디스크',
  space: '여유 공간',
  size: '머신 크기',
  clock: '시계',
  dns: 'DNS',
  proxy: '프록시',
  registry: '레지스트리',
  ports: '게시된 포트',
  context: 'Docker 컨텍스트',
  credentials: 'Docker CLI 로그인',
  folders: '공유 폴더',
  'other-docker': '다른 Docker 설치',
}

export const findings: Record<Finding, FindingText> = {
  'machine-waits': {
    what: '머신이 이 컴퓨터에 디스크 여유 공간이 생기기를 기다리고 있습니다.',
    todo: '디스크 공간을 확보하세요. 그러면 머신이 자동으로 이어서 실행됩니다.',
  },
  'needs-machine': { what: '이 검사는 머신이 실행 중이어야 합니다.', todo: '머신을 시작하세요.' },
  timeout: {
    what: '검사가 {seconds}초 안에 끝나지 않았습니다.',
    todo: '다시 실행하세요. 계속 발생하면 이 검사에 필요한 무언가가 응답하지 않는 것입니다.',
  },
  broken: { what: '검사 자체가 실패했습니다.', todo: '다시 실행하거나 자세한 내용과 함께 알려 주세요.' },

  'accelerator.ok': { what: '머신이 {name}을(를) 사용합니다.' },
  'accelerator.emulated-linux': {
    what: '머신이 에뮬레이션으로 실행되어 느립니다: {rejected}.',
    todo: '펌웨어에서 가상화를 켜고, kvm_intel 또는 kvm_amd 모듈을 불러온 뒤, 사용자를 kvm 그룹에 추가하세요.',
  },
  'accelerator.emulated-darwin': {
    what: '머신이 에뮬레이션으로 실행되어 느립니다: {rejected}.',
    todo: 'Homebrew의 QEMU처럼 com.apple.security.hypervisor 권한으로 서명된 QEMU를 사용하세요.',
  },
  'accelerator.emulated-win32': {
    what: '머신이 에뮬레이션으로 실행되어 느립니다: {rejected}.',
    todo: 'Windows 기능에서 “Windows 하이퍼바이저 플랫폼”을 켜고 컴퓨터를 다시 시작하세요.',
  },
  'qemu.ok': { what: '{version}' },
  'qemu.missing': { what: '{binary}을(를) 찾을 수 없습니다.', todo: 'QEMU를 설치하세요: {install}' },
  'qemu.broken': { what: 'QEMU가 실행되지 않습니다: {reason}', todo: '다시 설치하세요.' },
  'qemu.old': {
    what: 'QEMU {version}은(는) 너무 오래되었습니다. 이 컴퓨터에는 {least} 이상이 필요합니다.',
    todo: '더 새로운 QEMU를 설치하세요.',
  },
  'qemu.busy': {
    what: 'Mac에서 QEMU {version}은(는) 머신이 쉬고 있을 때도 프로세서를 계속 사용합니다.',
    todo: '다른 버전의 QEMU를 설치하세요.',
  },
  'image.ok': { what: '게스트 이미지가 온전합니다. 모든 바이트가 빌드된 그대로입니다.' },
  'image.missing': {
    what: '{folder}에 게스트 이미지가 없습니다.',
    todo: '머신을 시작하면 내려받습니다. Linux에서는 `npm run vm:build`를 실행하세요.',
  },
  'image.damaged': {
    what: '게스트 이미지가 손상되었습니다({file}).',
    todo: '다시 내려받으세요. 실행 중인 컨테이너는 중지됩니다. 이미지, 컨테이너, 볼륨은 그대로 남습니다.',
  },
  'image.damaged-other': {
    what: '게스트 이미지가 손상되었습니다({file}). 다른 게스트 이미지 {recipe}은(는) 온전합니다.',
    todo: '온전한 이미지로 시작하세요. 실행 중인 컨테이너는 중지됩니다. 이미지, 컨테이너, 볼륨은 그대로 남습니다.',
  },
  'image.damaged-app': {
    what: 'Berth에 들어 있던 게스트 이미지가 손상되었습니다({file}).',
    todo: 'Berth를 다시 설치하세요. 이미지, 컨테이너, 볼륨은 그대로 남습니다.',
  },
  'image.damaged-built': {
    what: '{folder}에 있는 게스트 이미지가 손상되었습니다({file}).',
    todo: '그 폴더를 삭제하고 `npm run vm:build`를 실행하세요. 이미지, 컨테이너, 볼륨은 그대로 남습니다.',
  },
  'image.damaged-named': {
    what: 'BERTH_GUEST_IMAGE로 지정한 게스트 이미지가 손상되었습니다({file}).',
    todo: '다른 게스트 이미지를 지정하거나 변수를 삭제하세요.',
  },
  'data-disk.ok': { what: '마지막 시작 때 파일 시스템에 문제가 없었습니다.' },
  'data-disk.checked': { what: '디스크 파일이 온전합니다. 파일 시스템은 시작할 때마다 검사합니다.' },
  'data-disk.repaired': {
    what: '마지막으로 시작할 때 파일 시스템을 복구했습니다. 정전 뒤에는 정상적인 일입니다.',
    todo: '시작할 때마다 반복되면 이 컴퓨터 자체의 디스크를 점검하세요.',
  },
  'data-disk.damaged': {
    what: '데이터 디스크가 손상되었습니다: {reason}.',
    todo: '{file}을(를) 복사해 둔 뒤 디스크를 복구하세요.',
  },
  'data-disk.none': { what: '아직 데이터 디스크가 없습니다. 처음 시작할 때 만들어집니다.' },
  'space.ok': { what: '이 컴퓨터에 {host}, 머신에 {guest}의 여유 공간이 있습니다.' },
  'space.host-only': { what: '이 컴퓨터에 {host}의 여유 공간이 있습니다.' },
  'space.host-low': {
    what: '이 컴퓨터의 여유 공간이 {host}뿐입니다. 공간이 없어지면 머신이 기다립니다.',
    todo: '필요 없는 파일을 삭제하거나 머신의 공간을 회수하세요.',
  },
  'space.guest-low': {
    what: '머신의 데이터 디스크에 여유 공간이 {guest}뿐입니다.',
    todo: '공간을 회수하거나 설정에서 머신의 디스크를 늘리세요.',
  },
  'space.guest-files': {
    what: '머신의 데이터 디스크에 공간이 남아 있어도 파일은 {files}개만 더 만들 수 있습니다.',
    todo: '파일이 많은 컨테이너, 볼륨, 이미지를 삭제하거나 설정에서 머신의 디스크를 늘리세요.',
  },
  'space.guest-full': {
    what: '머신의 데이터 디스크가 가득 차서 Docker 엔진을 시작할 공간이 없습니다.',
    todo: '설정에서 머신의 디스크를 늘려 시작한 다음, 필요 없는 데이터를 삭제하세요.',
  },
  'size.ok': { what: 'CPU {cpus}개, 메모리 {memory}.' },
  'size.too-much-memory': {
    what: '머신이 이 컴퓨터의 메모리 {host} 중 {memory}까지 쓸 수 있습니다. 다른 프로그램에 남는 메모리가 적습니다.',
    todo: '설정에서 메모리를 줄이세요.',
  },
  'size.little-memory': {
    what: '머신의 메모리가 {memory}뿐입니다.',
    todo: '컨테이너가 뚜렷한 이유 없이 중지되면 설정에서 2 GiB 이상으로 늘리세요.',
  },
  'size.too-many-cpus': {
    what: '머신의 CPU는 {cpus}개인데 이 컴퓨터의 CPU는 {host}개뿐입니다.',
    todo: '설정에서 CPU 수를 줄이세요. 이 컴퓨터보다 많으면 모든 것이 느려집니다.',
  },
  'clock.ok': { what: '머신의 시계는 {seconds}초 이내로 정확합니다.' },
  'clock.off': {
    what: '머신의 시계가 {seconds}초 어긋나 TLS와 빌드가 실패합니다.',
    todo: '지금 맞추세요.',
  },
  'dns.ok': { what: '머신이 {name}의 주소를 찾을 수 있습니다.' },
  'dns.failed': {
    what: '머신이 {name}의 주소를 찾을 수 없습니다.',
    todo: '이 컴퓨터의 네트워크를 확인하거나 설정에서 DNS 서버를 지정하세요.',
  },
  'dns.bypassed': {
    what: 'Berth의 이름 서버가 머신에 응답하지 않습니다.',
    todo: '다시 설정하세요. 그때까지 컨테이너는 host.docker.internal과 이 컴퓨터만 아는 이름의 주소를 찾을 수 없습니다.',
  },
  'dns.not-served': {
    what: '머신에 Berth의 이름 서버를 설정하지 못했습니다: {reason}.',
    todo: '다시 설정하세요. 그때까지 컨테이너는 host.docker.internal과 이 컴퓨터만 아는 이름의 주소를 찾을 수 없습니다.',
  },
  'proxy.none': { what: '프록시를 사용하지 않습니다.' },
  'proxy.ok': { what: '프록시 {address}이(가) 응답합니다.' },
  'proxy.unreachable': {
    what: '프록시 {address}에 연결할 수 없습니다: {reason}.',
    todo: '설정에서 고치거나 프록시를 사용하지 마세요.',
  },
  'registry.ok': { what: '엔진이 {registry}에 연결할 수 있습니다.' },
  'registry.unreachable': {
    what: '엔진이 {registry}에 연결할 수 없습니다: {reason}',
    todo: '네트워크, 프록시, 설정의 미러를 확인하세요.',
  },
  'ports.ok': { what: '게시된 포트가 모두 열려 있습니다({count}개).' },
  'ports.none': { what: '포트를 게시하는 컨테이너가 없습니다.' },
  'ports.failed': {
    what: '이 컴퓨터에서 열리지 않은 게시된 포트가 있습니다({count}개): {list}.',
    todo: '포트를 사용하는 프로그램을 중지하거나 다른 포트로 게시하세요.',
  },
  'context.current': { what: '이 컴퓨터의 Docker CLI가 Berth를 사용합니다.' },
  'context.present': {
    what: 'Docker 컨텍스트 “berth”가 있지만 현재 컨텍스트는 “{current}”입니다.',
    todo: 'docker를 --context berth와 함께 실행하거나 현재 컨텍스트로 지정하세요.',
  },
  'context.missing': {
    what: '{folder}에 Docker 컨텍스트 “berth”가 없습니다.',
    todo: '이 컴퓨터의 Docker CLI가 머신을 찾을 수 있도록 컨텍스트를 만드세요.',
  },
  'context.off': { what: '설정에서 Docker 컨텍스트를 꺼 두었습니다.' },
  'context.overridden': {
    what: '환경 변수 DOCKER_HOST({value})가 설정되어 docker가 현재 컨텍스트를 무시합니다.',
    todo: '셸의 시작 파일에서 삭제하세요.',
  },
  'context.foreign': {
    what: '이 Berth가 만들지 않은 Docker 컨텍스트 “berth”가 이미 있습니다({file}).',
    todo: '`docker context rm berth`로 삭제한 뒤 Berth의 컨텍스트를 만드세요.',
  },
  'context.config': {
    what: '{file}에 Docker 컨텍스트 “berth”를 설정하지 못했습니다.',
    todo: '그 파일이나 파일의 권한을 바로잡은 뒤 컨텍스트를 만드세요.',
  },
  'context.socket': {
    what: 'Docker 소켓을 열지 못해 {address}에서 연결을 받는 프로그램이 없습니다.',
    todo: '이 컴퓨터의 docker 명령이 머신에 연결할 수 없습니다. 해결 방법은 머신 페이지에 있습니다.',
  },
  'credentials.none': { what: '이 컴퓨터의 Docker CLI는 로그인을 자체 파일에 보관합니다.' },
  'credentials.ok': { what: '이 컴퓨터의 Docker CLI는 로그인을 “{helper}”에 보관합니다.' },
  'credentials.missing': {
    what: '{file}에 따르면 Docker CLI는 로그인을 docker-credential-{helper}에 보관합니다. 그런데 이 프로그램이 설치되어 있지 않습니다. 이 프로그램이 없으면 내려받기와 빌드가 실패합니다.',
    todo: '이 설정은 Docker Desktop처럼 삭제된 앱이 남긴 경우가 많습니다. 이 컴퓨터의 자격 증명 저장소로 바꾸세요. 그런 저장소가 없으면 이 설정이 삭제됩니다.',
  },
  'folders.ok': { what: '공유 폴더를 모두 읽을 수 있습니다({count}개).' },
  'folders.none': { what: '머신과 공유하는 폴더가 없습니다.' },
  'folders.unreadable': {
    what: '읽을 수 없는 공유 폴더가 있습니다: {list}.',
    todo: '접근을 허용하거나 설정에서 제거하세요.',
  },
  'folders.not-mounted': {
    what: '머신 안에 없는 공유 폴더가 있습니다: {list}.',
    todo: '머신을 다시 시작하세요.',
  },
  'other-docker.none': { what: '이 컴퓨터에서 응답하는 다른 Docker 엔진이 없습니다.' },
  'other-docker.beside': {
    what: '이 컴퓨터에서 함께 실행 중: {names}. Docker CLI는 Berth를 사용합니다. 함께 실행할 수 있지만 같은 포트는 쓸 수 없습니다.',
  },
  'other-docker.used': {
    what: '이 컴퓨터에서 함께 실행 중: {names}. Docker CLI가 Berth가 아니라 “{current}”을(를) 사용합니다.',
    todo: 'Berth의 컨텍스트를 현재 컨텍스트로 지정하세요. Berth만 쓰려면: {quit}.',
  },
}
