import type { ErrorTexts } from '../../texts'

export const networks = {
  'network.not-found': {
    what: '{network} 네트워크가 없습니다.',
    todo: '이미 삭제되었을 수 있습니다. 네트워크 목록을 확인하세요.',
  },
  'network.name-taken': {
    what: '{network} 네트워크가 이미 있습니다.',
    todo: '다른 이름을 쓰세요.',
  },
  'network.overlaps': {
    what: '서브넷 {subnet}이(가) {other} 네트워크와 겹칩니다.',
    todo: '다른 서브넷을 입력하거나, 비워 두어 엔진이 빈 서브넷을 고르게 하세요.',
  },
  'network.overlaps-machine': {
    what: '서브넷 {subnet}이(가) 머신이 사용하는 {machine}과(와) 겹칩니다.',
    todo: '다른 서브넷을 입력하거나, 비워 두어 엔진이 빈 서브넷을 고르게 하세요.',
  },
  'network.pool-overlaps': {
    what: '새 네트워크의 서브넷이 다른 네트워크와 겹칩니다.',
    todo: '다른 서브넷을 입력하거나, 비워 두어 엔진이 빈 서브넷을 고르게 하세요.',
  },
  'network.no-subnet-left': {
    what: '새 네트워크에 쓸 빈 서브넷이 엔진에 남아 있지 않습니다.',
    todo: '필요 없는 네트워크를 삭제하거나 서브넷을 직접 입력하세요.',
  },
  'network.in-use': {
    what: '{network} 네트워크를 {containers}에서 사용하고 있습니다.',
    todo: '먼저 이 컨테이너의 연결을 끊거나 컨테이너를 중지하세요.',
  },
  'network.predefined': {
    what: '{network} 네트워크는 엔진의 기본 네트워크이므로 삭제할 수 없습니다.',
    todo: '그대로 두어도 됩니다. 리소스를 차지하지 않습니다.',
  },
  'network.already-connected': {
    what: '{container} 컨테이너는 이미 {network} 네트워크에 연결되어 있습니다.',
    todo: '별칭이나 주소를 바꾸려면 먼저 연결을 끊으세요.',
  },
  'network.not-connected': {
    what: '{container} 컨테이너는 {network} 네트워크에 연결되어 있지 않습니다.',
    todo: '연결이 이미 끊어졌을 수 있습니다. 네트워크 페이지를 확인하세요.',
  },
  'network.address-taken': {
    what: '{network} 네트워크의 다른 컨테이너가 이미 이 주소를 사용하고 있습니다.',
    todo: '다른 주소를 입력하거나, 비워 두어 엔진이 빈 주소를 고르게 하세요.',
  },
  'network.address-outside': {
    what: '{network} 네트워크에는 직접 입력한 서브넷 중 이 주소가 속한 것이 없습니다.',
    todo: '네트워크의 서브넷에 속한 주소를 입력하거나 비워 두세요. 엔진이 고른 서브넷에서는 주소를 고정할 수 없습니다.',
  },
  'network.mode-excludes': {
    what: '{container} 컨테이너는 연결하거나 연결을 끊을 수 없습니다. 머신이나 다른 컨테이너의 네트워크를 사용하거나 네트워크가 없기 때문입니다.',
    todo: '자체 네트워크를 사용하도록 컨테이너를 다시 만드세요.',
  },
  'network.try-failed': {
    what: 'Berth가 {container} 컨테이너의 네트워크에 들어가지 못했습니다.',
    todo: '컨테이너가 방금 종료되었을 수 있습니다. 실행 중인지 확인한 뒤 다시 시도하세요.',
  },
} satisfies Partial<ErrorTexts>
