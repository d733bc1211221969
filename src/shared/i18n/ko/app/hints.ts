import type { hints as en } from '../../en/app/hints'

export const hints: typeof en = {
  title: '힌트',
  mark: '{container} 컨테이너의 힌트 {count}개 | {container} 컨테이너의 힌트 {count}개',
  dismissed: '숨긴 힌트 {count}개 | 숨긴 힌트 {count}개',
  dismiss: '숨기기: {hint}',
  again: '다시 표시',
  againFor: '다시 표시: {hint}',
  didDismiss: '힌트를 숨겼습니다. {container} 컨테이너의 페이지에서 다시 볼 수 있습니다.',
  mend: {
    log: '로그 보기',
    move: '볼륨으로 옮기기 …',
    files: '폴더 보기',
    compose: 'Compose 파일 열기',
    edit: '고치기 …',
    limits: '제한 설정 …',
    update: '업데이트 …',
    now: '고치기',
  },
  move: {
    title: '{container} 컨테이너의 데이터를 볼륨으로 옮기기',
    text: '{folder} 폴더는 컨테이너 자체 레이어에 있습니다. 옮기고 나면 볼륨에 저장됩니다.',
    name: '새 볼륨 이름',
    size: '복사에 {bytes}가 필요하고 {margin}는 비워 두어야 합니다. 머신의 데이터 디스크에 {free}가 남아 있습니다.',
    stops:
      '데이터를 복사하는 동안 컨테이너가 중지됩니다. 그런 다음 Berth가 {folder}에 볼륨을 마운트하여 컨테이너를 다시 만듭니다.',
    stays:
      'Berth가 {folder}에 볼륨을 마운트하여 컨테이너를 다시 만듭니다. 컨테이너는 중지된 상태로 남습니다.',
    back: '새 컨테이너가 정상 동작하지 않으면 이전 컨테이너가 데이터와 함께 되돌아오고 볼륨은 삭제됩니다.',
    elsewhere:
      '컨테이너가 다른 위치에 기록한 내용은 이전 컨테이너와 함께 삭제됩니다: {bytes}와 로그, 캐시, 임시 파일',
    elsewhereUnknown:
      '컨테이너가 다른 위치에 기록한 내용은 이전 컨테이너와 함께 삭제됩니다. 시간 안에 크기를 측정하지 못했습니다.',
    image:
      '이미지가 이 폴더에 둔 파일도 함께 옮겨집니다. 이후 이미지를 업데이트해도 그 파일은 바뀌지 않습니다.',
    submit: '옮기기',
  },
  compose: {
    set: 'Compose가 관리하는 컨테이너입니다. Compose 파일에 다음을 적으세요.',
    remove: 'Compose가 관리하는 컨테이너입니다. Compose 파일에서 다음을 지우세요.',
    other: 'Compose가 관리하는 컨테이너입니다. 프로젝트에서 변경하세요.',
  },
  'restart-policy': {
    what: '머신이나 엔진이 다시 시작되면서 {ago}에 중지되었으며, 다시 시작 정책이 없습니다.',
    why: '다시 시작될 때마다 직접 시작하기 전까지 중지된 상태로 남습니다.',
    now: '머신과 함께 다시 시작',
    done: '이제 {container} 컨테이너는 직접 중지하지 않는 한 머신과 함께 다시 시작됩니다',
  },
  'restart-loop': {
    what: '최근 {minutes}분 동안 {count}번 종료되고 다시 시작되었습니다.',
    why: '계속 종료되는 프로그램은 일을 하지 못하고, 시작할 때마다 프로세서 시간을 씁니다.',
    now: '중지',
    done: '{container} 컨테이너를 중지했습니다. 다시 시작 정책은 그대로 유지됩니다',
  },
  health: {
    what: '상태 검사를 한 번도 통과하지 못했습니다(적어도 연속 {count}회 실패). | 상태 검사를 한 번도 통과하지 못했습니다(적어도 연속 {count}회 실패).',
    why: '이런 경우 검사 자체가 잘못된 때가 많으며, 정상 상태를 기다리는 도구는 끝없이 기다립니다.',
  },
  published: {
    what: '이 컴퓨터의 모든 주소에 게시되었습니다: {ports}',
    why: '같은 네트워크의 모든 컴퓨터가 접속할 수 있습니다.',
  },
  'network-switch': {
    what: '네트워크에 열어 두었습니다: {ports}',
    why: '같은 네트워크의 모든 컴퓨터가 접속할 수 있습니다.',
    now: '네트워크에서 닫기',
    done: '이제 이 컴퓨터만 {container} 컨테이너에 접속할 수 있습니다',
  },
  'docker-socket': {
    what: 'Docker 소켓이 {path} 경로에 마운트되었습니다.',
    why: '이 컨테이너를 제어하는 사람은 엔진과 다른 모든 컨테이너도 제어할 수 있습니다.',
  },
  privileged: {
    what: '특권 모드로 실행됩니다.',
    whatUses: '특권 모드로 실행되지만, 이름으로 요청한 것은 {uses}뿐입니다.',
    why: '머신의 모든 권한이 있으므로 프로그램의 결함이 다른 모든 컨테이너에 영향을 줄 수 있습니다.',
  },
  'host-namespaces': {
    what: '머신의 네트워크를 사용합니다.',
    whatPid: '머신의 모든 프로세스를 볼 수 있습니다.',
    whatBoth: '머신의 네트워크를 사용하고, 머신의 모든 프로세스를 볼 수 있습니다.',
    why: '자체 네임스페이스가 없어 이 부분은 머신과 격리되지 않습니다.',
  },
  memory: {
    what: '머신 메모리 {machine} 중 {used}를 쓰고 있으며 제한이 없습니다.',
    why: '메모리가 모자라면 커널이 아무 컨테이너의 프로세스나 종료할 수 있습니다.',
  },
  'memory-sum': {
    what: '실행 중인 컨테이너 {containers}개의 메모리 제한을 더하면 {limits}입니다. 머신 메모리는 {machine}이며, 이 컨테이너의 제한이 가장 큽니다.',
    why: '컨테이너들이 제한만큼 쓰면 제한에 닿지 않아도 커널이 프로세스를 종료합니다.',
  },
  'layer-data': {
    what: '볼륨 밖에 {written}를 기록했으며, 그중 {inFolder}가 {folder}에 있습니다.',
    why: '컨테이너를 삭제, 편집, 업데이트하면 이 데이터가 사라집니다.',
  },
  log: {
    what: '로그 크기가 {size}이며 최대 크기가 없습니다.',
    why: '데이터 디스크가 가득 찰 때까지 계속 커집니다.',
  },
  image: {
    what: '이제 {image} 태그는 머신에 있는 더 새로운 이미지를 가리킵니다.',
    whatDays:
      '이제 {image} 태그는 {days}일 더 새로운 이미지를 가리킵니다. | 이제 {image} 태그는 {days}일 더 새로운 이미지를 가리킵니다.',
    why: '컨테이너는 수정 사항이 없는 이전 이미지로 계속 실행됩니다.',
  },
}
