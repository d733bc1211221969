import type { ErrorTexts } from '../../texts'

export const engine = {
  'engine.unreachable': {
    what: 'Docker 엔진이 응답하지 않습니다.',
    todo: '머신이 실행될 때까지 기다린 뒤 다시 시도하세요.',
  },
  'engine.error': {
    what: 'Docker 엔진에서 오류가 발생했습니다: {reason}',
    todo: '엔진이 알린 원인을 해결한 뒤 다시 시도하세요.',
  },

  'container.not-found': {
    what: '{container} 컨테이너가 없습니다.',
    todo: '이미 삭제되었을 수 있습니다. 컨테이너 목록을 확인하세요.',
  },
  'container.name-taken': {
    what: '{name} 이름은 다른 컨테이너가 이미 사용하고 있습니다.',
    todo: '다른 이름을 쓰거나 그 컨테이너를 삭제하세요.',
  },
  'container.not-running': {
    what: '{container} 컨테이너가 실행 중이 아닙니다.',
    todo: '컨테이너를 시작한 뒤 다시 시도하세요.',
  },
  'container.paused': {
    what: '{container} 컨테이너가 일시 중지되어 있습니다.',
    todo: '일시 중지를 해제한 뒤 다시 시도하세요.',
  },
  'container.restarting': {
    what: '{container} 컨테이너가 다시 시작하는 중입니다.',
    todo: '실행될 때까지 기다린 뒤 다시 시도하세요. 계속 다시 시작되면 로그에 원인이 있을 수 있습니다.',
  },
  'container.start-failed': {
    what: '컨테이너를 시작하지 못했습니다: {reason}',
    todo: '명령어나 설정을 고친 뒤 다시 실행하세요.',
  },
  'container.no-command': {
    what: '이미지에 기본 명령어가 없습니다.',
    todo: '컨테이너에서 실행할 명령어를 입력하세요.',
  },
  'container.no-shell': {
    what: '{container} 컨테이너에 셸이 없습니다({tried}을(를) 시도함).',
    todo: '이 이미지에는 셸이 들어 있지 않습니다. 로그를 확인하거나 셸이 있는 이미지를 실행하세요.',
  },

  'image.not-found': {
    what: '{image} 이미지가 여기에 없습니다.',
    todo: '먼저 내려받거나 가져오세요.',
  },
  'image.in-use': {
    what: '{image} 이미지를 {containers}에서 사용하고 있습니다.',
    todo: '먼저 이 이미지를 사용하는 컨테이너를 삭제하세요.',
  },
  'image.reference-invalid': {
    what: '“{reference}”은(는) 이미지 이름이 아닙니다: {reason}.',
    todo: '이름, 이름:태그 또는 레지스트리/이름:태그 형식의 소문자로 입력하세요.',
  },
  'image.archive-invalid': {
    what: '이 파일은 이미지로 가져올 수 없습니다: {reason}.',
    todo: '루트 파일 시스템이 담긴 tar 파일을 선택하세요.',
  },

  'volume.not-found': {
    what: '{volume} 볼륨이 없습니다.',
    todo: '이미 삭제되었을 수 있습니다. 볼륨 목록을 확인하세요.',
  },
  'volume.in-use': {
    what: '{volume} 볼륨을 {containers}에서 사용하고 있습니다.',
    todo: '먼저 이 볼륨을 사용하는 컨테이너를 삭제하세요.',
  },
  'volume.name-taken': {
    what: '{volume} 볼륨이 이미 있습니다.',
    todo: '다른 이름을 쓰세요.',
  },

  'disk.full': {
    what: '머신의 데이터 디스크가 가득 찼습니다.',
    todo: '디스크 페이지에서 공간을 회수하거나 설정에서 머신의 디스크를 늘린 뒤 다시 시도하세요.',
  },
  'disk.trim-failed': {
    what: '남는 공간을 이 컴퓨터에 반환하지 못했습니다: {reason}.',
    todo: '머신을 다시 시작하세요. 머신이 중지될 때 공간이 반환됩니다.',
  },
  'disk.compact-failed': {
    what: '데이터 디스크 {file}의 크기를 줄이지 못했습니다: {reason}.',
    todo: '바뀐 것은 없습니다. 원인을 해결한 뒤 다시 시도하세요.',
  },
} satisfies Partial<ErrorTexts>
