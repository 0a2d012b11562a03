"""One's own account: what others see of it, the password, and signing out of every browser at once."""

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import services
from accounts.forms import AboutForm, OwnPasswordForm, PictureForm
from accounts.signed_in import user_of


@login_required
def account(request: HttpRequest) -> HttpResponse:
    return account_page(request, picture_form=PictureForm(), about_form=AboutForm(instance=user_of(request)))


def account_page(request: HttpRequest, *, picture_form: PictureForm, about_form: AboutForm) -> HttpResponse:
    context = {"picture_form": picture_form, "about_form": about_form}
    wrong = picture_form.errors or about_form.errors
    return render(request, "accounts/account.html", context, status=422 if wrong else 200)


@require_POST
@login_required
def about(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    form = AboutForm(request.POST, instance=user)
    if not form.is_valid():
        return account_page(request, picture_form=PictureForm(), about_form=form)
    services.change_about(user=user, about=form.cleaned_data["about"])
    messages.success(request, _("Saved."))
    return redirect("account")


@require_POST
@login_required
def picture(request: HttpRequest) -> HttpResponse:
    form = PictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return account_page(request, picture_form=form, about_form=AboutForm(instance=user_of(request)))
    services.set_picture(user=user_of(request), picture=form.cleaned_data["picture"])
    messages.success(request, _("This is your new picture."))
    return redirect("account")


@require_POST
@login_required
def remove_picture(request: HttpRequest) -> HttpResponse:
    services.remove_picture(user=user_of(request))
    messages.success(request, _("Your picture has been removed."))
    return redirect("account")


@sensitive_post_parameters()
@login_required
def password(request: HttpRequest) -> HttpResponse:
    """This session goes on, under another key; all others end."""
    user = user_of(request)
    form = OwnPasswordForm(request=request, data=request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/password.html", {"form": form}, status=422 if form.errors else 200)
    with transaction.atomic():
        services.change_password(user=user, password=form.cleaned_data["new_password1"])
        update_session_auth_hash(request, user)
    messages.success(request, _("Your password has been changed. Everywhere else you are signed out."))
    return redirect("account")


@require_POST
@login_required
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """This browser, too: who fears that somebody else is in begins anew, with a password that only they know."""
    services.sign_out_everywhere(user=user_of(request))
    logout(request)
    messages.success(request, _("You are signed out everywhere."))
    return redirect("sign-in")
