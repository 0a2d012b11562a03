from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import account_pages, profiles
from accounts.sign_in import SignIn

urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("account/", account_pages.account, name="account"),
    path("account/about/", account_pages.about, name="account-about"),
    path("account/picture/", account_pages.picture, name="account-picture"),
    path("account/picture/remove/", account_pages.remove_picture, name="account-picture-remove"),
    path("account/password/", account_pages.password, name="account-password"),
    path("account/sign-out-everywhere/", account_pages.sign_out_everywhere, name="sign-out-everywhere"),
    path("people/<str:name>/", profiles.person, name="person"),
    path("people/<int:user_id>/<slug:version>-large.webp", profiles.picture, {"large": True}, name="large-picture"),
    path("people/<int:user_id>/<slug:version>.webp", profiles.picture, {"large": False}, name="picture"),
]
