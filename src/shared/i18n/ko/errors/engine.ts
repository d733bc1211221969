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
  'container.changing': {
    what: 'Berth가 이미 {container} 컨테이너를 변경하고 있습니다.',
    todo: '변경이 끝난 뒤 다시 시도하세요.',
  },
  'container.removed-on-stop': {
    what: '{container} 컨테이너는 중지하면 삭제되므로 Berth가 되돌릴 수 없습니다.',
    todo: '“종료되면 삭제”를 끄고 새 컨테이너를 실행하세요.',
  },
  'container.swarm-task': {
    what: '{container} 컨테이너는 swarm 서비스에 속하므로 여기에서 설정을 변경할 수 없습니다.',
    todo: '“docker service update”로 서비스를 변경하세요. 그러면 swarm이 컨테이너를 교체합니다.',
  },
  'container.ended-early': {
    what: '{container} 컨테이너가 시작하자마자 종료되었습니다(종료 코드 {code}).',
    todo: '자세한 정보에서 마지막 출력을 볼 수 있습니다. 설정을 고친 뒤 다시 시도하세요.',
  },
  'container.unhealthy': {
    what: '{container} 컨테이너가 상태 검사를 통과하지 못했습니다.',
    todo: '자세한 정보에서 상태 검사의 출력을 볼 수 있습니다. 설정을 고친 뒤 다시 시도하세요.',
  },
  'container.used-meanwhile': {
    what: 'Berth가 데이터를 복사하는 동안 다른 프로그램이 {container} 컨테이너를 사용했습니다.',
    todo: '데이터를 다시 옮기세요. 작업이 끝날 때까지 컨테이너를 시작하거나 중지하거나 삭제하지 마세요.',
  },
  'container.change-interrupted': {
    what: '{container} 컨테이너의 변경이 중단되어 이전 컨테이너로 되돌렸습니다.',
    todo: '다시 변경하세요.',
  },
  'container.interrupted-in-use': {
    what: '{container} 컨테이너의 변경이 중단되어 이전 컨테이너로 되돌렸습니다. 새 컨테이너가 이미 {volumes} 볼륨을 사용했으므로 볼륨은 남겨 두었습니다.',
    todo: '이전 컨테이너에 없는 데이터가 {volumes} 볼륨에 있는지 확인하세요. 그런 다음 볼륨을 삭제하고 다시 변경하세요.',
  },
  'container.not-restored': {
    what: '{container} 컨테이너를 아직 되돌리지 못했습니다: {reason}',
    todo: '다음에 엔진에 연결할 때 Berth가 다시 시도합니다. 변경이 실패한 이유는 자세한 정보에서 볼 수 있습니다.',
  },
  'container.no-shell': {
    what: '{container} 컨테이너에 셸이 없습니다({tried}을(를) 시도함).',
    todo: '이 이미지에는 셸이 들어 있지 않습니다. 대신 Berth 도구 셸을 여세요.',
  },
  'container.process-gone': {
    what: '{pid}번 프로세스는 이미 종료되었습니다.',
    todo: '아무것도 하지 않아도 됩니다. 목록에는 아직 실행 중인 프로세스가 표시됩니다.',
  },
  'container.signal-failed': {
    what: '{pid}번 프로세스에 시그널을 보내지 못했습니다.',
    todo: '다시 시도하세요. 같은 문제가 다시 생기면 머신을 다시 시작하세요.',
  },

  'logs.no-reader': {
    what: '머신에서 로그를 읽는 프로그램이 종료되었거나 없습니다.',
    todo: '로그를 다시 여세요. 계속 반복되면 최신 게스트 이미지로 머신을 다시 시작하세요.',
  },
  'logs.search-too-hard': {
    what: '이 정규식을 검색하는 데 시간이나 메모리가 너무 많이 들어 검색을 끝냈습니다.',
    todo: '더 간단한 정규식을 쓰거나 일반 텍스트로 검색하세요.',
  },
  'logs.view-closed': {
    what: '이 로그 화면은 더 이상 열려 있지 않습니다.',
    todo: '로그를 다시 여세요.',
  },
  'logs.pattern-invalid': {
    what: '정규식이 올바르지 않습니다: {reason}',
    todo: '정규식을 고치거나 일반 텍스트로 검색하세요.',
  },
  'container.some-failed': {
    what: '컨테이너 {total}개 중 {count}개에서 작업이 실패했습니다: {names}',
    todo: '나머지 컨테이너에서는 작업이 끝났습니다. 자세한 내용에서 각각의 원인을 확인하세요.',
  },
  'container.group-taken': { what: '{group} 그룹이 이미 있습니다.', todo: '다른 이름을 쓰세요.' },
  'container.group-missing': {
    what: '{group} 그룹이 없습니다.',
    todo: '다른 창에서 삭제했을 수 있습니다.',
  },

  'image.not-found': {
    what: '{image} 이미지가 여기에 없습니다.',
    todo: '먼저 내려받거나 가져오세요.',
  },
  'image.layers-unsupported': {
    what: '이 게스트 이미지는 이미지의 내용을 표시할 수 없습니다.',
    todo: '최신 게스트 이미지를 사용하세요. 머신 페이지에 버튼이 있습니다.',
  },
  'image.layers-driver': {
    what: '엔진이 {driver} 드라이버로 이미지를 저장하는데, Berth는 overlay2의 파일만 읽을 수 있습니다.',
    todo: '레이어 탭에서 엔진이 알려 주는 내용을 확인하세요. 파일은 컨테이너를 실행해 볼 수 있습니다.',
  },
  'image.in-use': {
    what: '{image} 이미지를 {containers}에서 사용하고 있습니다.',
    todo: '먼저 이 이미지를 사용하는 컨테이너를 삭제하세요.',
  },
  'image.reference-invalid': {
    what: '“{reference}”은(는) 이미지 이름이 아닙니다: {reason}.',
    todo: '이름, 이름:태그 또는 레지스트리/이름:태그 형식의 소문자로 입력하세요.',
  },
  'image.no-reference': {
    what: '{container} 컨테이너는 이미지 ID나 다이제스트로 만들어져 업데이트할 대상이 없습니다.',
    todo: '컨테이너를 편집하여 태그가 있는 이미지를 고르세요.',
  },
  'image.other-platform': {
    what: '머신에 있는 {image}은(는) 컨테이너가 쓰는 {platform} 플랫폼용이 아닙니다.',
    todo: '‘내려받아 업데이트’를 선택하면 Berth가 레지스트리에서 {platform}용 이미지를 내려받습니다.',
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
  'volume.driver-failed': {
    what: '{driver} 드라이버로 {volume} 볼륨을 만들 수 없습니다: {reason}',
    todo: '드라이버와 옵션을 확인하세요.',
  },
  'volume.no-space': {
    what: '머신의 데이터 디스크에 {free}만 남아 있지만, 복사하려면 {needed}가 필요합니다.',
    todo: '디스크 페이지에서 공간을 회수하거나 설정에서 머신의 디스크를 늘린 뒤 다시 시도하세요.',
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
