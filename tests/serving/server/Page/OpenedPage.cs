using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MnistAdder.Server.Tests.Page;

/// <summary>The page in a browser: what a hand does to it, and what an eye sees.</summary>
internal sealed class OpenedPage : IAsyncDisposable
{
    private static readonly LocatorAssertionsToHaveTextOptions s_patience = new() { Timeout = 15_000 };
    private readonly List<string> _complaints = [];

    private OpenedPage(IPage tab) => Tab = tab;

    public IPage Tab { get; }

    /// <summary>What the browser's console has of errors, and requests to anywhere but the page's own server.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    public ILocator Board => Tab.Locator("#canvas");

    public static async Task<OpenedPage> Open(IBrowserContext context, Uri url)
    {
        var opened = new OpenedPage(await context.NewPageAsync());
        opened.Tab.Console += (_, message) => opened.Complain(message.Type is "error" or "warning", $"{message.Type}: {message.Text}");
        opened.Tab.PageError += (_, error) => opened.Complain(true, error);
        opened.Tab.Request += (_, request) =>
        {
            var asked = new Uri(request.Url);
            opened.Complain(asked.Scheme is not ("data" or "blob") && asked.Authority != url.Authority, $"asked {request.Url}");
        };
        await opened.Tab.GotoAsync(url.AbsoluteUri);
        return opened;
    }

    /// <summary>Draws with the mouse.</summary>
    /// <param name="strokes">Their points, in 560ths of the board.</param>
    public async Task Draw(params (int X, int Y)[][] strokes)
    {
        Func<(int X, int Y), (float X, float Y)> onScreen = await Place();
        foreach ((float X, float Y)[] stroke in strokes.Select(stroke => stroke.Select(onScreen).ToArray()))
        {
            await Tab.Mouse.MoveAsync(stroke[0].X, stroke[0].Y);
            await Tab.Mouse.DownAsync();
            foreach ((float x, float y) in stroke[1..])
                await Tab.Mouse.MoveAsync(x, y);
            await Tab.Mouse.UpAsync();
        }
    }

    /// <summary>Draws with a finger.</summary>
    /// <param name="strokes">Their points, in 560ths of the board.</param>
    public async Task Touch(params (int X, int Y)[][] strokes)
    {
        ICDPSession session = await Tab.Context.NewCDPSessionAsync(Tab);
        Func<(int X, int Y), (float X, float Y)> onScreen = await Place();
        foreach ((float X, float Y)[] stroke in strokes.Select(stroke => stroke.Select(onScreen).ToArray()))
        {
            for (int index = 0; index < stroke.Length; index++)
                await Send(index == 0 ? "touchStart" : "touchMove", new { x = stroke[index].X, y = stroke[index].Y });
            await Send("touchEnd");
        }

        Task Send(string type, params object[] points) => session.SendAsync("Input.dispatchTouchEvent", new Dictionary<string, object> { ["type"] = type, ["touchPoints"] = points });
    }

    public Task Press(string key) => Tab.Keyboard.PressAsync(key);

    public Task Click(string name) => Tab.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }).ClickAsync();

    /// <summary>Waits until the equation is this one.</summary>
    public Task Shows(string equation) => Expect(Tab.Locator("#equation")).ToHaveTextAsync(equation, s_patience);

    public Task Says(string status) => Expect(Tab.Locator("#status")).ToContainTextAsync(status, new() { Timeout = 15_000 });

    /// <summary>Waits until nothing is being asked, and gives the equation.</summary>
    public async Task<string> Answer()
    {
        await Expect(Tab.Locator("#equation")).ToHaveAttributeAsync("aria-busy", "false");
        return string.Join(' ', (await Tab.Locator("#equation").InnerTextAsync()).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    public Task<T> Evaluate<T>(string script) => Tab.EvaluateAsync<T>(script);

    public async ValueTask DisposeAsync() => await Tab.Context.CloseAsync();

    private async Task<Func<(int X, int Y), (float X, float Y)>> Place()
    {
        LocatorBoundingBoxResult box = (await Board.BoundingBoxAsync())!;
        return point => (box.X + (point.X * box.Width / 560), box.Y + (point.Y * box.Height / 560));
    }

    private void Complain(bool isWrong, string complaint)
    {
        if (isWrong)
            _complaints.Add(complaint);
    }
}
