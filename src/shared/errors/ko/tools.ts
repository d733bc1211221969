import type { ErrorTexts } from '../berth-error'

export const toolsTextsKo = {
  'port.taken': {
    what: '{address}의 {port}/{protocol} 포트를 {owner}에서 이미 사용하고 있습니다.',
    todo: '다른 포트를 쓰거나 그 프로그램을 중지하세요.',
  },
  'port.range-taken': {
    what: '{address}의 {first}-{last}/{protocol} 포트를 모두 사용하고 있습니다. {port} 포트는 {owner}에서 사용 중입니다.',
    todo: '다른 범위를 쓰거나 그중 하나를 사용하는 프로그램을 중지하세요.',
  },
  'port.address': {
    what: '{address}은(는) 이 컴퓨터의 주소가 아니므로 {port}/{protocol} 포트를 열 수 없습니다.',
    todo: '이 컴퓨터의 주소를 쓰거나, 모든 주소에 열려면 0.0.0.0을 쓰고, localhost에만 열려면 주소를 비워 두세요.',
  },
  'port.udp-ipv6': {
    what: 'UDP {port} 포트를 IPv6 주소 {address}에만 열 수는 없습니다.',
    todo: '주소 없이 게시하세요. 그러면 127.0.0.1과 ::1에서 응답합니다.',
  },
  'port.sctp': {
    what: '{port} 포트는 이 컴퓨터에 열려 있지 않습니다. SCTP는 머신으로 전달할 수 없습니다.',
    todo: '다른 컨테이너에서 사용하거나 TCP 또는 UDP로 게시하세요.',
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
    what: '{path}은(는) 공유할 수 없습니다. 머신이 그 위치를 직접 사용합니다.',
    todo: '그 안의 폴더나 다른 폴더를 공유하세요.',
  },
  'mounts.own-folder': {
    what: '{path}은(는) Berth가 키와 디스크를 보관하는 폴더이거나 그 안에 있습니다. 컨테이너에 보여 줄 수 없습니다.',
    todo: '다른 폴더를 사용하세요. Berth의 폴더가 들어 있는 상위 폴더는 공유할 수 있으며, Berth의 폴더는 제외됩니다.',
  },
  'mounts.nested-folder': {
    what: '{path}와(과) {other}은(는) 서로 겹치거나 같은 폴더입니다.',
    todo: '바깥쪽 폴더만 공유하세요.',
  },
  'mounts.too-many-folders': {
    what: '폴더는 {most}개까지만 공유할 수 있습니다.',
    todo: '여러 폴더를 담고 있는 상위 폴더를 대신 공유하세요.',
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
    what: '머신이 공유 폴더를 마운트하지 못했습니다: {reason}.',
    todo: '머신을 다시 시작하세요.',
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
    what: '연결을 넘겨받는 요청의 본문을 읽을 수 없습니다.',
    todo: 'Content-Length를 넣거나, 다른 인코딩 없이 청크로 보내세요.',
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
} satisfies Partial<ErrorTexts>
