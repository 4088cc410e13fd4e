"""Folders that a tool or a browser made: no user chose their names, so they are no tags."""

from core.text import tag_key

OF_TOOLS = {
    "unsorted", "unread", "archive", "archived", "read archive", "starred", "liked", "unorganized",
    "uncategorized",
}  # fmt: skip
"""Raindrop, Pocket, Instapaper, Linkwarden: they write them in English in every language."""

_TAG_PREFIX = "linkding:"

_OF_BROWSERS = """
bookmarks bar|other bookmarks|mobile bookmarks|bookmarks toolbar|bookmarks menu|favorites bar|
other favorites|mobile favorites|favorites|favourites|bookmarksbar|bookmarksmenu|reading list|
com.apple.readinglist|all bookmarks|tab group favorites|
lesezeichenleiste|weitere lesezeichen|andere lesezeichen|mobile lesezeichen|
lesezeichen-symbolleiste|lesezeichen-menü|lesezeichenmenü|favoritenleiste|weitere favoriten|
andere favoriten|mobile favoriten|favoriten|leseliste|
barre de favoris|barre des favoris|autres favoris|favoris sur mobile|favoris mobiles|favoris|
barre personnelle|barre des signets|menu des marque-pages|menu des signets|autres marque-pages|
marque-pages des mobiles|liste de lecture|
barra de marcadores|otros marcadores|marcadores del móvil|marcadores de móvil|
barra de favoritos|otros favoritos|favoritos|barra de herramientas de marcadores|
menú de marcadores|menú marcadores|lista de lectura|
barra dei preferiti|altri preferiti|preferiti su dispositivi mobili|preferiti dispositivo mobile|
preferiti|barra dei segnalibri|menu segnalibri|altri segnalibri|segnalibri mobile|menu preferiti|
elenco lettura|
outros favoritos|favoritos do celular|favoritos dos dispositivos móveis|outros marcadores|
barra de marcadores|menu dos favoritos|menu de favoritos|lista de leitura|
bladwijzerbalk|andere bladwijzers|mobiele bladwijzers|bladwijzerwerkbalk|bladwijzermenu|
favorietenbalk|andere favorieten|favorieten|leeslijst|
pasek zakładek|inne zakładki|zakładki na urządzeniu mobilnym|menu zakładek|pasek ulubionych|
inne ulubione|ulubione|lista czytelnia|
панель закладок|другие закладки|закладки на мобильном устройстве|меню закладок|
панель избранного|избранное|список для чтения|
панель закладок|інші закладки|мобільні закладки|
ブックマーク バー|ブックマークバー|その他のブックマーク|
モバイルのブックマーク|ブックマークツールバー|
ブックマークメニュー|お気に入りバー|お気に入り|リーディングリスト|
书签栏|其他书签|移动设备书签|书签工具栏|书签菜单|收藏夹栏|其他收藏夹|个人收藏|阅读列表|
書籤列|其他書籤|行動版書籤|我的最愛列|喜好項目|閱讀列表|
북마크바|북마크 바|북마크바|기타 북마크|모바일 북마크|즐겨찾기 모음|즐겨찾기|읽기 목록|
yer işaretleri çubuğu|yer imleri çubuğu|diğer yer işaretleri|diğer yer imleri|
mobil yer işaretleri|sık kullanılanlar|okuma listesi|
bokmärkesfältet|övriga bokmärken|andra bokmärken|mobila bokmärken|favoriter|läslista|
bogmærkelinje|bogmærkelinjen|andre bogmærker|mobilbogmærker|læseliste|
bokmerkerad|bokmerkeraden|andre bokmerker|mobilbokmerker|leseliste|
kirjanmerkkipalkki|muut kirjanmerkit|mobiilikirjanmerkit|suosikit|lukulista|
lišta záložek|ostatní záložky|záložky v mobilu|oblíbené|seznam četby|
könyvjelzősáv|további könyvjelzők|egyéb könyvjelzők|kedvencek|olvasólista|
bară de marcaje|bara de marcaje|alte marcaje|marcaje mobile|favorite|
γραμμή σελιδοδεικτών|άλλοι σελιδοδείκτες|αγαπημένα|
شريط الإشارات|الإشارات المرجعية الأخرى|المفضلة|סרגל הסימניות|סימניות אחרות|
thanh dấu trang|dấu trang khác|dấu trang di động|bilah bookmark|bookmark lain|แถบบุ๊กมาร์ก|
บุ๊กมาร์กอื่นๆ
"""  # noqa: RUF001  the names are those of many languages
OF_BROWSERS = {tag_key(name.strip()) for name in _OF_BROWSERS.replace("\n", "").split("|")}
"""The bars of Chrome, Edge, Firefox and Safari, in their languages; only at a file's top."""


def is_of_tool(folder: str) -> bool:
    """Tell whether it is a tool's own folder, for unsorted, read or marked links."""
    return tag_key(" ".join(folder.split())) in OF_TOOLS


def is_of_browser(folder: str) -> bool:
    """Tell whether it is the bookmarks bar, menu or reading list of a browser."""
    return tag_key(" ".join(folder.split())) in OF_BROWSERS


def is_own_tag(tag: str) -> bool:
    """Tell whether a tool uses the tag for a state, such as `linkding:archived`."""
    return tag.strip().lower().startswith(_TAG_PREFIX)
