using Microsoft.Playwright;

namespace MnistAdder.Server.Tests.Page;

/// <summary>One headless Chromium for all tests of the page, and a server with the released model; neither where they skip.</summary>
[CollectionDefinition(Tests)]
public sealed class PageBrowser : ICollectionFixture<PageBrowser>, IAsyncLifetime
{
    public const string Tests = nameof(PageBrowser);
    private const string Program = "/usr/bin/chromium";
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private RunningServer? _server;

    internal static (string Name, byte[] Onnx)[] Released => [("mnist-adder", File.ReadAllBytes(Path.Combine(Repository.Root, "artifacts", "pretrained", "model.onnx")))];

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Program))
            return;
        _server = await RunningServer.Start(Released);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Program, Args = ["--no-sandbox", "--disable-gpu"] });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.CloseAsync();
        _playwright?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    /// <summary>Opens a page of the server's in a profile of its own.</summary>
    /// <param name="path">Which one.</param>
    /// <param name="server">Whose, where it isn't the common server's.</param>
    /// <param name="width">Of the window, in pixels.</param>
    /// <param name="height">Of the window, in pixels.</param>
    /// <param name="touch">Whether its reader has a screen to touch.</param>
    internal async Task<OpenedPage> Open(string path = "", RunningServer? server = null, int width = 1280, int height = 900, bool touch = false)
    {
        Assert.SkipUnless(File.Exists(Program), $"There is no {Program} (Debian: chromium).");
        IBrowserContext context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            HasTouch = touch,
        });
        context.SetDefaultTimeout(20_000);
        return await OpenedPage.Open(context, new Uri((server ?? _server!).Url, path));
    }
}
