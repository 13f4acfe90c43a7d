using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MnistAdder.Server.Tests.Page;

/// <summary>Whether everyone can read the page, and who hears of it.</summary>
[Collection(PageBrowser.Tests)]
public sealed class ReadingTests(PageBrowser browser)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Axe_finds_nothing_wrong(bool answered)
    {
        await using OpenedPage page = await browser.Open();
        if (answered)
        {
            await page.Draw(Handwriting.Strokes("290,20 280,540"));
            await Expect(page.Tab.Locator("#warning")).Not.ToBeEmptyAsync();
            await page.Answer();
        }

        foreach ((int width, ColorScheme scheme) in ((int, ColorScheme)[])[(1280, ColorScheme.Light), (1280, ColorScheme.Dark), (390, ColorScheme.Dark), (390, ColorScheme.Light)])
        {
            await page.Tab.SetViewportSizeAsync(width, 844);
            await page.Tab.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            // Its successor opens another page for each run, which takes seconds and serves frames alone; here are none.
#pragma warning disable CS0618
            AxeResult result = await page.Tab.RunAxeLegacy();
#pragma warning restore CS0618
            Assert.NotEmpty(result.Passes);
            Assert.Empty(result.Violations.SelectMany(violation => violation.Nodes.Select(node => $"{violation.Id} at {width}, {scheme}: {node.Html}")));
        }
    }

    [Fact]
    public async Task On_any_screen_nothing_is_too_wide_and_the_board_is_sharp()
    {
        await using OpenedPage page = await browser.Open();
        await page.Draw(Handwriting.Of(7));
        await page.Shows("7 + 5 = 12");
        foreach (int width in (int[])[1280, 768, 390, 320])
        {
            await page.Tab.SetViewportSizeAsync(width, 844);
            Assert.Equal(width, await page.Evaluate<int>("document.documentElement.scrollWidth"));
            Assert.Equal("", await page.Evaluate<string>("[...document.querySelectorAll('body *:not(.unseen)')].filter(part => part.getBoundingClientRect().right > innerWidth).map(part => part.outerHTML).join()"));
            Assert.True(await page.Evaluate<bool>("new Promise(drawn => requestAnimationFrame(() => setTimeout(() => { const board = document.getElementById('canvas'); drawn(board.width === Math.round(board.clientWidth * devicePixelRatio)); })))"));
        }
    }

    [Fact]
    public async Task The_page_asks_its_own_server_alone_and_logs_nothing()
    {
        await using OpenedPage page = await browser.Open();
        await page.Draw(Handwriting.Of(7));
        await page.Shows("7 + 5 = 12");
        await page.Click("Sample 3");
        await page.Shows("3 + 5 = 8");
        await page.Press("Delete");
        Assert.Empty(page.Complaints);

        // The policy holds, and what it forbids would have been seen.
        await page.Tab.EvaluateAsync("new Image().src = 'http://127.0.0.2/'");
        await Expect(page.Tab.Locator("body")).ToBeVisibleAsync();
        Assert.Contains(page.Complaints, complaint => complaint.Contains("Content Security Policy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_routes_are_described_without_help_from_elsewhere()
    {
        await using OpenedPage page = await browser.Open("docs");
        await Expect(page.Tab.GetByRole(AriaRole.Heading, new() { Name = "Read the digit in a picture and add a number to it" })).ToBeVisibleAsync();
        await page.Tab.WaitForLoadStateAsync(LoadState.NetworkIdle);
        Assert.Equal(0, await page.Tab.GetByText("Ask AI").CountAsync());
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_server_that_went_away_is_missed_and_found_again()
    {
        OpenedPage page;
        string url;
        await using (RunningServer server = await RunningServer.Start(PageBrowser.Released))
        {
            url = server.Url.GetLeftPart(UriPartial.Authority);
            page = await browser.Open(server: server);
            await page.Draw(Handwriting.Of(7));
            await page.Shows("7 + 5 = 12");
        }

        await using (page)
        {
            await page.Press("3");
            await page.Says("The server isn't answering.");
            await page.Shows("? + 3 = ?");
            await using RunningServer another = await RunningServer.StartAt(url, PageBrowser.Released);
            await page.Shows("7 + 3 = 10");
        }
    }
}
