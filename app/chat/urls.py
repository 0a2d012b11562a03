from django.urls import path

from chat import direct_pages, people, room_pages, search_pages, settings_pages, shell_pages, upload_pages

urlpatterns = [
    path("", room_pages.rooms, name="rooms"),
    path("sidebar/", shell_pages.sidebar, name="sidebar"),
    path("new-room/", room_pages.create, name="room-create"),
    path("directs/new/", direct_pages.new_direct, name="direct-new"),
    path("rooms/<slug:slug>/", room_pages.room, name="room"),
    path("rooms/<slug:slug>/join/", room_pages.join, name="room-join"),
    path("rooms/<slug:slug>/settings/", settings_pages.room_settings, name="room-settings"),
    path("rooms/<slug:slug>/update/", settings_pages.update, name="room-update"),
    path("rooms/<slug:slug>/archive/", settings_pages.archive, name="room-archive"),
    path("rooms/<slug:slug>/delete/", settings_pages.delete, name="room-delete"),
    path("rooms/<slug:slug>/log/", settings_pages.log, name="room-log"),
    path("rooms/<slug:slug>/leave/", settings_pages.leave, name="room-leave"),
    path("rooms/<slug:slug>/notices/", settings_pages.choose_notices, name="room-notices"),
    path("rooms/<slug:slug>/members/add/", settings_pages.add_member, name="member-add"),
    path("rooms/<slug:slug>/members/<int:user_id>/remove/", settings_pages.remove_member, name="member-remove"),
    path("rooms/<slug:slug>/members/<int:user_id>/role/", settings_pages.give_role, name="member-role"),
    path("rooms/<slug:slug>/members/<int:user_id>/mute/", settings_pages.mute, name="member-mute"),
    path("search/", search_pages.search_page, name="search"),
    path("files/thumbs/<uuid:upload_id>.webp", upload_pages.upload_thumb, name="upload-thumb"),
    path("files/<uuid:upload_id>/<str:name>", upload_pages.upload, name="upload"),
    path("first-run/", people.first_run_page, name="first-run"),
    path("join/<str:code>/", people.join_page, name="join"),
    path("invite/", people.invite, name="invite"),
    path("invite/renew/", people.renew_invite, name="invite-renew"),
]
