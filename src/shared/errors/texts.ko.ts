import type { ErrorTexts } from './berth-error'

/** 한국어 오류 문구: `what`은 무슨 일이 있었는지, `todo`는 무엇을 하면 되는지 말한다. */
export const errorTextsKo: ErrorTexts = {
  internal: {
    what: 'Berth 내부에서 문제가 발생했습니다.',
    todo: '다시 시도하세요. 계속 발생하면 아래 자세한 내용과 함께 알려 주세요.',
  },
  'input.invalid': {
    what: '{field} 값이 올바르지 않습니다: {reason}.',
    todo: '값을 고친 뒤 다시 시도하세요.',
  },
  'not-found': {
    what: '{what}을(를) 찾을 수 없습니다.',
    todo: '목록을 다시 확인하세요. 이미 삭제되었을 수 있습니다.',
  },

  'host.already-running': {
    what: 'Berth가 이미 실행 중이며(프로세스 {pid}) {folder} 폴더를 사용하고 있습니다.',
    todo: '실행 중인 창을 사용하거나 먼저 종료하세요.',
  },
  'host.qemu-missing': {
    what: '이 컴퓨터에서 QEMU({binary})를 찾을 수 없습니다.',
    todo: 'QEMU를 설치한 뒤({install}) 다시 시도하세요.',
  },
  'host.no-space': {
    what: '{folder}에 남은 디스크 공간이 {free}뿐입니다. {needed}이(가) 필요합니다.',
    todo: '디스크 공간을 확보한 뒤 다시 시도하세요.',
  },
  'host.folder-unwritable': {
    what: 'Berth가 {folder}에 쓸 수 없습니다.',
    todo: '사용자에게 쓰기 권한을 주거나 BERTH_HOME을 다른 폴더로 지정하세요.',
  },

  'settings.broken': {
    what: '{file}의 설정을 읽을 수 없어 기본값을 사용합니다.',
    todo: '이전 파일은 {kept}(으)로 보관했습니다. 고쳐서 되돌려 놓거나 필요한 항목을 다시 설정하세요.',
  },
  'settings.newer': {
    what: '{file}의 설정은 더 새로운 Berth(버전 {version})가 저장한 것입니다.',
    todo: '그 버전의 Berth를 사용하거나, 파일을 옮기고 기본값으로 시작하세요.',
  },
  'settings.unwritable': {
    what: '설정을 {file}에 저장하지 못했습니다. 아무것도 바뀌지 않았습니다.',
    todo: '폴더 권한과 남은 디스크 공간을 확인한 뒤 다시 시도하세요.',
  },
  'settings.over-limit': {
    what: '{field} 값을 {value}(으)로 설정할 수 없습니다. 이 컴퓨터의 최댓값은 {most}입니다.',
    todo: '더 작은 값을 선택하세요.',
  },
  'settings.disk-smaller': {
    what: '데이터 디스크의 크기가 이미 {present}GiB이므로 {size}GiB로 줄일 수 없습니다.',
    todo: '{present}GiB 이상을 선택하세요. 컴퓨터의 파일은 실제로 사용한 만큼만 공간을 차지합니다.',
  },
  'settings.certificate-invalid': {
    what: 'PEM 형식의 인증서가 아닙니다: {reason}.',
    todo: '“-----BEGIN CERTIFICATE-----”로 시작하는 파일을 선택하세요.',
  },
  'settings.daemon-refused': {
    what: '“{key}”은(는) 설정할 수 없습니다. Berth가 엔진에 연결하지 못하거나 데이터를 잃을 수 있습니다.',
    todo: 'daemon.json에서 삭제하세요.',
  },
  'settings.daemon-unknown': {
    what: '“{key}”은(는) 머신의 Docker 엔진에 없는 옵션입니다.',
    todo: '삭제하거나 고치세요. 사용할 수 있는 옵션: {known}',
  },
  'settings.daemon-type': {
    what: '“{key}”의 값이 Docker 엔진이 받는 형식이 아닙니다.',
    todo: 'Docker의 daemon.json 문서에서 이 옵션을 확인하고 고치세요.',
  },
  'settings.daemon-rejected': {
    what: 'Docker 엔진이 이 설정을 받아들이지 않습니다: {reason}',
    todo: '설정을 고치세요. 엔진은 이전 설정으로 계속 실행됩니다.',
  },
  'settings.engine-restored': {
    what: 'Docker 엔진이 새 설정으로 시작되지 않았습니다: {reason}',
    todo: '엔진이 이전 설정으로 다시 실행 중입니다. 설정을 고친 뒤 다시 적용하세요.',
  },

  'machine.not-running': {
    what: '머신이 실행 중이 아닙니다.',
    todo: '머신을 시작한 뒤 다시 시도하세요.',
  },
  'machine.not-stopped': {
    what: '머신이 멈춰 있어야 할 수 있는 작업입니다.',
    todo: '머신을 중지하고 다시 시도하세요.',
  },
  'machine.image-missing': {
    what: '게스트 이미지가 없습니다({folder}).',
    todo: '`npm run vm:build`를 실행하거나 Berth를 다시 설치하세요.',
  },
  'machine.image-corrupt': {
    what: '게스트 이미지가 손상되었습니다: {file}의 체크섬이 일치하지 않습니다.',
    todo: '{folder}를 삭제하고 `npm run vm:build`를 실행하거나 Berth를 다시 설치하세요.',
  },
  'machine.image-download': {
    what: '{url}에서 게스트 이미지를 내려받지 못했습니다: {reason}.',
    todo: '네트워크 연결을 확인한 뒤 다시 시도하세요.',
  },
  'machine.disk-create': {
    what: '데이터 디스크 {file}을(를) 만들지 못했습니다: {reason}.',
    todo: '폴더와 남은 디스크 공간을 확인한 뒤 다시 시도하세요.',
  },
  'machine.disk-grow': {
    what: '데이터 디스크 {file}을(를) {size}GiB로 늘리지 못했습니다: {reason}.',
    todo: '이전 크기로 다시 설정하세요. 데이터는 그대로 있습니다.',
  },
  'machine.disk-locked': {
    what: '데이터 디스크 {file}을(를) 다른 프로세스가 사용하고 있습니다.',
    todo: '사용 중인 프로그램을 종료한 뒤 다시 시도하세요.',
  },
  'machine.disk-unusable': {
    what: '머신이 데이터 디스크 {file}을(를) 사용할 수 없습니다: {reason}.',
    todo: '파일이 중요하면 복사해 두세요. 그런 다음 복구하거나, Berth를 초기화해 빈 디스크로 다시 시작하세요.',
  },
  'machine.qemu-start': {
    what: 'QEMU를 시작하지 못했습니다: {reason}.',
    todo: 'QEMU 설치 상태를 확인한 뒤 다시 시도하세요.',
  },
  'machine.qemu-died': {
    what: '가상 머신이 예기치 않게 종료되었습니다({reason}).',
    todo: '다시 시작하세요. 아래 마지막 콘솔 출력에 원인이 있을 수 있습니다.',
  },
  'machine.accelerators-failed': {
    what: '이 컴퓨터에서 가상 머신을 실행할 수 있는 방법이 없습니다: {tried}.',
    todo: '이 컴퓨터의 가상화 설정을 확인한 뒤 다시 시도하세요.',
  },
  'machine.boot-timeout': {
    what: '가상 머신이 {seconds}초 안에 부팅되지 않았습니다.',
    todo: '다시 시도하세요. 아래 마지막 콘솔 출력에 원인이 있을 수 있습니다.',
  },
  'machine.ssh-timeout': {
    what: '가상 머신이 {seconds}초 안에 SSH로 응답하지 않았습니다.',
    todo: '다시 시도하세요. 아래 마지막 콘솔 출력에 원인이 있을 수 있습니다.',
  },
  'machine.ssh-refused': {
    what: '가상 머신이 SSH 연결을 거부했습니다: {reason}.',
    todo: '머신을 다시 시작하세요.',
  },
  'machine.host-key-mismatch': {
    what: 'SSH 포트에서 응답한 것은 Berth의 머신이 아닙니다. 고정된 키와 다릅니다.',
    todo: '머신을 다시 시작하세요. 계속 발생하면 다른 프로그램이 로컬 연결을 방해하고 있는 것입니다.',
  },
  'machine.engine-timeout': {
    what: 'Docker 엔진이 {seconds}초 안에 응답하지 않았습니다.',
    todo: '머신을 다시 시작하세요. 아래 마지막 로그에 원인이 있을 수 있습니다.',
  },
  'machine.engine-failed': {
    what: 'Docker 엔진을 시작하지 못했습니다: {reason}.',
    todo: '머신을 다시 시작하세요. 아래 마지막 로그에 원인이 있을 수 있습니다.',
  },
  'machine.connection-lost': {
    what: '머신과의 연결이 끊어졌습니다.',
    todo: 'Berth가 다시 연결하고 있습니다. 잠시 후 다시 시도하세요.',
  },
  'machine.resume-host': {
    what: '일시 중단한 머신을 이어서 실행하지 못했습니다: 그사이 QEMU나 이 컴퓨터의 시스템이 업데이트되었습니다.',
    todo: '대신 새로 부팅했습니다. 디스크의 데이터는 그대로이니, 필요한 컨테이너를 다시 시작하세요.',
  },
  'machine.resume-image': {
    what: '일시 중단한 머신을 이어서 실행하지 못했습니다: 머신의 새 시스템이 있습니다.',
    todo: '대신 새로 부팅했습니다. 디스크의 데이터는 그대로이니, 필요한 컨테이너를 다시 시작하세요.',
  },
  'machine.resume-settings': {
    what: '일시 중단한 머신을 이어서 실행하지 못했습니다: 그사이 머신 설정이 바뀌었습니다.',
    todo: '대신 새로 부팅했습니다. 디스크의 데이터는 그대로이니, 필요한 컨테이너를 다시 시작하세요.',
  },
  'machine.resume-disk': {
    what: '일시 중단한 머신을 이어서 실행하지 못했습니다: 그사이 머신의 디스크가 바뀌었습니다.',
    todo: '대신 새로 부팅했습니다. 디스크의 데이터는 그대로이니, 필요한 컨테이너를 다시 시작하세요.',
  },
  'machine.resume-failed': {
    what: '일시 중단한 머신을 이어서 실행하지 못했습니다: {reason}.',
    todo: '대신 새로 부팅했습니다. 디스크의 데이터는 그대로이니, 필요한 컨테이너를 다시 시작하세요.',
  },

  'engine.unreachable': {
    what: 'Docker 엔진이 응답하지 않습니다.',
    todo: '머신이 실행될 때까지 기다린 뒤 다시 시도하세요.',
  },
  'engine.error': {
    what: 'Docker 엔진이 요청을 거부했습니다: {reason}',
    todo: '요청을 고친 뒤 다시 시도하세요.',
  },
  'container.not-found': {
    what: '{container} 컨테이너가 없습니다.',
    todo: '이미 삭제되었을 수 있습니다. 목록을 확인하세요.',
  },
  'container.name-taken': {
    what: '{name} 이름은 다른 컨테이너가 이미 사용하고 있습니다.',
    todo: '다른 이름을 쓰거나 그 컨테이너를 삭제하세요.',
  },
  'container.not-running': {
    what: '{container} 컨테이너가 실행 중이 아닙니다.',
    todo: '컨테이너를 시작한 뒤 다시 시도하세요.',
  },
  'container.start-failed': {
    what: '컨테이너를 시작하지 못했습니다: {reason}',
    todo: '명령어나 설정을 고친 뒤 다시 실행하세요.',
  },
  'container.no-shell': {
    what: '{container} 컨테이너에 셸이 없습니다({tried}).',
    todo: '이 이미지에는 셸이 들어 있지 않습니다. 로그를 확인하거나 셸이 있는 이미지를 실행하세요.',
  },
  'image.not-found': {
    what: '{image} 이미지가 여기에 없습니다.',
    todo: '먼저 내려받거나 가져오세요.',
  },
  'image.in-use': {
    what: '{image} 이미지를 {containers}에서 사용하고 있습니다.',
    todo: '먼저 컨테이너를 삭제하세요.',
  },
  'image.reference-invalid': {
    what: '“{reference}”은(는) 이미지 이름이 아닙니다: {reason}.',
    todo: '이름, 이름:태그 또는 레지스트리/이름:태그 형식으로 소문자로 입력하세요.',
  },
  'image.archive-invalid': {
    what: '이 파일은 이미지로 가져올 수 없습니다: {reason}.',
    todo: '루트 파일 시스템이 담긴 tar 파일을 선택하세요.',
  },
  'volume.not-found': {
    what: '{volume} 볼륨이 없습니다.',
    todo: '이미 삭제되었을 수 있습니다. 목록을 확인하세요.',
  },
  'volume.in-use': {
    what: '{volume} 볼륨을 {containers}에서 사용하고 있습니다.',
    todo: '먼저 컨테이너를 삭제하세요.',
  },
  'volume.name-taken': {
    what: '{volume} 볼륨이 이미 있습니다.',
    todo: '다른 이름을 쓰세요.',
  },
  'registry.unreachable': {
    what: '{image}의 레지스트리에 연결할 수 없습니다: {reason}',
    todo: '네트워크 연결과 레지스트리 이름을 확인하세요.',
  },
  'registry.denied': {
    what: '레지스트리가 {image} 접근을 거부했습니다.',
    todo: '이름을 확인하세요. 비공개 이미지라면 먼저 로그인하세요.',
  },
  'registry.no-such-image': {
    what: '레지스트리에 {image} 이미지가 없습니다.',
    todo: '이름과 태그를 확인하세요.',
  },

  'disk.full': {
    what: '머신의 데이터 디스크가 가득 찼습니다.',
    todo: '디스크 페이지에서 공간을 확보하거나 설정에서 디스크를 늘린 뒤 다시 시도하세요.',
  },
  'disk.trim-failed': {
    what: '비운 공간을 이 컴퓨터에 돌려주지 못했습니다: {reason}.',
    todo: '머신을 다시 시작하세요. 머신이 멈출 때 공간이 반환됩니다.',
  },
  'registry.untrusted': {
    what: '{image}의 레지스트리 인증서를 신뢰할 수 없습니다: {reason}',
    todo: '설정의 레지스트리에서 인증서에 서명한 인증 기관을 추가하세요.',
  },
  'registry.login-refused': {
    what: '레지스트리 {server}이(가) 로그인을 거부했습니다: {reason}',
    todo: '사용자 이름과 비밀번호 또는 액세스 토큰을 확인하세요.',
  },
  'registry.helper-failed': {
    what: '자격 증명 저장소 “{helper}”에서 오류가 발생했습니다: {reason}',
    todo: 'docker-credential-{helper}이(가) 동작하는지 확인하거나 docker CLI의 config.json에서 빼세요.',
  },

  'port.taken': {
    what: '{address}의 {port}/{protocol} 포트를 {owner}에서 이미 사용하고 있습니다.',
    todo: '다른 포트를 쓰거나 그 프로그램을 중지하세요.',
  },
  'port.forward-failed': {
    what: '{address}의 {port}/{protocol} 포트를 열지 못했습니다: {reason}.',
    todo: '다른 포트나 주소를 쓰세요.',
  },
  'port.privileged': {
    what: '이 사용자는 {port} 포트를 열 수 없습니다. 이 컴퓨터에서 1024 미만의 포트는 예약되어 있습니다.',
    todo: '1024 이상의 포트를 쓰세요.',
  },
  'port.reserved': {
    what: 'Windows가 {port}/{protocol} 포트를 따로 예약해 두었습니다.',
    todo: '다른 포트를 쓰세요. 예약된 포트는 `netsh interface ipv4 show excludedportrange {protocol}`로 볼 수 있습니다.',
  },

  'mounts.not-shared': {
    what: '{path}은(는) 컨테이너와 공유하는 폴더({shared}) 안에 있지 않습니다.',
    todo: '공유 폴더로 옮기거나, 설정에서 해당 폴더를 공유하세요.',
  },
  'mounts.network-path': {
    what: '{path}은(는) 네트워크 경로입니다. 이 컴퓨터의 폴더만 컨테이너와 공유할 수 있습니다.',
    todo: '폴더를 이 컴퓨터의 드라이브로 복사하세요.',
  },
  'mounts.not-absolute': {
    what: '“{path}”은(는) 이 컴퓨터의 전체 경로가 아닙니다.',
    todo: '드라이브 또는 /부터 시작하는 전체 경로를 입력하세요.',
  },
  'mounts.system-folder': {
    what: '{path}은(는) 공유할 수 없습니다. 가상 머신이 그 위치를 직접 사용합니다.',
    todo: '그 안의 폴더나 다른 폴더를 공유하세요.',
  },
  'mounts.nested-folder': {
    what: '{path}와(과) {other}은(는) 서로 겹치거나 같은 폴더입니다.',
    todo: '바깥쪽 폴더만 공유하세요.',
  },
  'mounts.folder-missing': {
    what: '공유 폴더 {path}이(가) 없습니다.',
    todo: '폴더를 만들거나 드라이브를 연결하세요. 필요 없다면 공유를 해제하세요.',
  },
  'mounts.folder-unreadable': {
    what: 'Berth가 공유 폴더 {path}을(를) 읽을 수 없습니다.',
    todo: '폴더 권한에서 허용하세요(macOS: 개인정보 보호 및 보안의 파일 및 폴더).',
  },
  'mounts.folder-in-use': {
    what: '{containers}에서 {path}을(를) 사용하고 있습니다.',
    todo: '먼저 컨테이너를 중지하세요. 그러지 않으면 파일에 접근할 수 없게 됩니다.',
  },
  'mounts.source-missing': {
    what: '이 컴퓨터에 {path}이(가) 없습니다.',
    todo: '경로를 확인하거나 먼저 폴더를 만드세요.',
  },
  'mounts.mount-failed': {
    what: '가상 머신이 공유 폴더를 마운트하지 못했습니다: {reason}.',
    todo: '가상 머신을 다시 시작하세요.',
  },

  'docker.socket-path': {
    what: 'Docker 소켓 경로 {path}의 길이가 {bytes}바이트입니다. 소켓 주소에는 {limit}바이트까지만 들어갑니다.',
    todo: 'BERTH_HOME을 더 짧게 정해 Berth를 시작하세요.',
  },
  'docker.socket-failed': {
    what: 'Docker 소켓 {path}을(를) 열 수 없습니다: {reason}.',
    todo: '그 자리에 있는 것을 지우고 Berth를 다시 시작하세요.',
  },
  'docker.machine-starting': {
    what: 'Berth 머신이 아직 시작하는 중입니다.',
    todo: '잠시 뒤 다시 시도하세요. 진행 상황은 Berth에 표시됩니다.',
  },
  'docker.machine-failed': {
    what: 'Berth 머신을 시작하지 못했습니다: {reason}',
    todo: 'Berth를 열어 머신을 다시 시작하세요.',
  },
  'docker.body-too-large': {
    what: '요청 본문이 {limit}바이트보다 큽니다.',
    todo: '더 작은 본문을 보내세요.',
  },
  'docker.upgrade-body': {
    what: '연결을 넘겨받는 요청은 본문의 길이를 밝혀야 합니다.',
    todo: 'Content-Length를 넣어 보내세요.',
  },
  'docker.config-broken': {
    what: '{file}에 있는 docker CLI 설정을 해석할 수 없습니다.',
    todo: '파일을 고치거나 지우세요. Berth는 이 파일을 건드리지 않았습니다.',
  },
  'docker.config-unwritable': {
    what: '{file}에 있는 docker CLI 설정을 바꿀 수 없습니다: {reason}.',
    todo: '파일에 쓰기 권한을 주고 다시 시도하세요.',
  },
  'docker.context-foreign': {
    what: '이 Berth가 만들지 않은 docker 컨텍스트 “{name}”이(가) 이미 있습니다({file}).',
    todo: '`docker context`로 이름을 바꾸거나 지우거나, 대신 DOCKER_HOST 줄을 쓰세요.',
  },

  'session.not-found': {
    what: '이 세션은 종료되었습니다.',
    todo: '새로 여세요.',
  },
  'session.spawn-failed': {
    what: '셸을 시작하지 못했습니다: {reason}.',
    todo: '명령어를 확인한 뒤 다시 시도하세요.',
  },
  'session.window-blocked': {
    what: '브라우저가 셸 창을 열지 않았습니다.',
    todo: '이 페이지의 팝업 창을 허용한 뒤 다시 시도하세요.',
  },
  'upload.not-found': {
    what: '이 업로드는 종료되었습니다.',
    todo: '파일을 다시 선택하세요.',
  },

  'api.disconnected': {
    what: 'Berth와의 연결이 끊어졌습니다.',
    todo: 'Berth가 자동으로 다시 연결합니다. 잠시 후 다시 시도하세요. 연결되지 않으면 Berth를 다시 시작하세요.',
  },
}
