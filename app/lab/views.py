from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# To be typed into the browser's console on any of our pages.
SNIPPET = """\
const s = new WebSocket('ws://' + window.location.host + '/ws/chat/');
s.onmessage = e => console.log(JSON.parse(e.data));
s.onopen = () => s.send(JSON.stringify({message: 'hola'}));
"""


def lab(request: HttpRequest) -> HttpResponse:
    snippet = SNIPPET.replace("'ws://'", "'wss://'") if request.is_secure() else SNIPPET
    return render(request, "lab/lab.html", {"snippet": snippet})
