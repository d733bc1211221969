import type { disk as en } from '../en/disk'

export const disk: typeof en = {
  full: {
    host: '이 컴퓨터의 디스크가 가득 차서 머신이 기다리고 있습니다. 공간을 확보하면 아무것도 잃지 않고 자동으로 이어집니다.',
    data: '머신의 데이터 디스크가 가득 차서 컨테이너와 엔진이 쓸 수 없습니다.',
    toDisk: '공간 회수하기',
  },
  refresh: '새로 고침',
  measuring: '측정하는 중 …',
  barTitle: '데이터 디스크',
  bar: '데이터 디스크의 공간',
  used: '{total} 중 {used} 사용, {free} 남음',
  unused: '여유 공간',
  other: '기타',
  otherText: '엔진 자체 기록과 쓰는 중인 레이어',
  offline: '디스크에 무엇이 있는지는 머신이 실행 중일 때 볼 수 있습니다.',
  noFile: '데이터 디스크는 머신을 처음 시작할 때 만들어집니다.',
  hostTitle: '이 컴퓨터에서',
  hostText:
    '디스크 파일은 {allocated}를 차지하며 최대 {virtual}까지 커질 수 있습니다. 이 컴퓨터의 여유 공간은 {free}입니다.',
  hostLow: '이 컴퓨터의 디스크가 거의 가득 찼습니다. 가득 차면 공간이 생길 때까지 머신이 기다립니다.',
  path: '파일',
  kind: {
    images: '이미지',
    containers: '컨테이너',
    volumes: '볼륨',
    'build-cache': '빌드 캐시',
  },
  kindsTitle: '공간을 차지하는 항목',
  count: '{count}개 | {count}개',
  inUse: '모두 사용 중',
  empty: '없음',
  reclaim: '{bytes} 회수',
  target: {
    images: '사용하지 않는 이미지',
    containers: '중지된 컨테이너',
    volumes: '사용하지 않는 볼륨',
    'build-cache': '빌드 캐시',
  },
  question: {
    images: '사용하지 않는 이미지를 삭제할까요?',
    containers: '중지된 컨테이너를 삭제할까요?',
    volumes: '사용하지 않는 볼륨을 삭제할까요?',
    'build-cache': '빌드 캐시를 비울까요?',
  },
  warning: {
    images: '어떤 컨테이너도 사용하지 않는 이미지입니다. 다시 내려받거나 빌드할 수 있습니다:',
    containers: '이 컨테이너들이 볼륨 밖에 쓴 내용이 삭제됩니다. 볼륨은 그대로 남습니다:',
    volumes:
      '실행 중이든 중지되었든 어떤 컨테이너도 사용하지 않는 볼륨입니다. 저장된 모든 내용이 삭제되며 되돌릴 수 없습니다:',
    'build-cache': '다음 빌드가 더 오래 걸립니다. 그 밖에 잃는 것은 없습니다:',
  },
  more: '… 외 {count}개 | … 외 {count}개',
  confirm: '삭제',
  freeSpace: '여유 공간 돌려주기',
  freeSpaceText:
    '머신이 더 이상 쓰지 않는 공간은 이 컴퓨터에 자동으로 반환됩니다. 파일이 필요 이상으로 커 보이면 지금 실행하세요.',
  compact: {
    text: 'Windows처럼 파일의 일부를 돌려받지 못하는 시스템이 있습니다. 파일이 계속 크다면 새로 써서 줄일 수 있습니다.',
    button: '파일 줄이기',
    question: '디스크 파일을 줄일까요?',
    does: '아무것도 쓰지 않는 부분을 빼고 파일을 복사합니다. 복사본을 원본과 비교한 뒤 교체하며, 그때까지 원본은 읽기만 합니다.',
    stops: '복사하는 동안 머신과 컨테이너가 중지됩니다. 실행 중이던 머신은 끝나면 다시 시작됩니다.',
    needs: '끝날 때까지 이 컴퓨터에 복사본을 위한 여유 공간이 필요합니다.',
    confirm: '중지하고 줄이기',
    copy: '복사하는 중 … {percent} %',
    compare: '비교하는 중 … {percent} %',
    cancel: '취소',
    done: '디스크 파일을 새로 썼습니다. 이 컴퓨터가 {returned}를 돌려받았습니다',
  },
  result:
    '삭제할 항목이 없었습니다. 이 컴퓨터가 {returned}를 돌려받았습니다 | {count}개를 삭제해 {freed}를 비웠습니다. 이 컴퓨터가 {returned}를 돌려받았습니다 | {count}개를 삭제해 {freed}를 비웠습니다. 이 컴퓨터가 {returned}를 돌려받았습니다',
}
