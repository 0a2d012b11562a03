from django.urls import path

from chat import people, room_pages

urlpatterns = [
    path("", room_pages.rooms, name="rooms"),
    path("rooms/new/", room_pages.create, name="room-create"),
    path("rooms/<slug:slug>/", room_pages.room, name="room"),
    path("rooms/<slug:slug>/settings/", room_pages.room_settings, name="room-settings"),
    path("rooms/<slug:slug>/join/", room_pages.join, name="room-join"),
    path("rooms/<slug:slug>/leave/", room_pages.leave, name="room-leave"),
    path("rooms/<slug:slug>/rename/", room_pages.rename, name="room-rename"),
    path("rooms/<slug:slug>/delete/", room_pages.delete, name="room-delete"),
    path("rooms/<slug:slug>/members/add/", room_pages.add_member, name="member-add"),
    path("rooms/<slug:slug>/members/<int:user_id>/remove/", room_pages.remove_member, name="member-remove"),
    path("first-run/", people.first_run_page, name="first-run"),
    path("join/<str:code>/", people.join_page, name="join"),
    path("invite/", people.invite, name="invite"),
    path("invite/renew/", people.renew_invite, name="invite-renew"),
]
