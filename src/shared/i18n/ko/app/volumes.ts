import type { volumes as en } from '../../en/app/volumes'

export const volumes: typeof en = {
  column: { name: '이름', users: '사용하는 컨테이너', driver: '드라이버', created: '생성' },
  table: '볼륨',
  search: '볼륨 검색',
  create: '볼륨 만들기',
  createTitle: '볼륨 만들기',
  createText: '볼륨은 컨테이너를 삭제해도 데이터를 보관합니다.',
  name: '볼륨 이름',
  nameProblem:
    '영문자나 숫자로 시작하고 영문자, 숫자, “_”, “.”, “-”만 쓸 수 있습니다. 두 글자 이상이어야 합니다.',
  anonymous: '익명',
  unused: '사용 안 함',
  created: '{name} 볼륨을 만들었습니다',
  removed: '{name} 볼륨을 삭제했습니다',
  removeTitle: '{name} 볼륨을 삭제할까요?',
  removeText: '볼륨의 모든 데이터가 삭제됩니다. 되돌릴 수 없습니다.',
  prune: '정리',
  pruneTitle: '사용하지 않는 볼륨을 삭제할까요?',
  pruneText:
    '이 볼륨을 사용하는 컨테이너가 없습니다. 모든 데이터가 삭제됩니다: | 이 볼륨 {count}개를 사용하는 컨테이너가 없습니다. 모든 데이터가 삭제됩니다:',
  pruned:
    '삭제된 볼륨이 없습니다 | 볼륨 {count}개를 삭제하고 {bytes}를 비웠습니다 | 볼륨 {count}개를 삭제하고 {bytes}를 비웠습니다',
  emptyTitle: '아직 볼륨이 없습니다',
  emptyText:
    '볼륨은 컨테이너를 삭제해도 데이터를 보관합니다. 여기서 만들거나 컨테이너를 실행할 때 새 이름을 지정하세요.',
}
