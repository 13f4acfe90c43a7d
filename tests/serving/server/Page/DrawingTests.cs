using System.Text.Json;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MnistAdder.Server.Tests.Page;

[Collection(PageBrowser.Tests)]
public sealed class DrawingTests(PageBrowser browser)
{
    [Fact]
    public async Task Digits_drawn_with_the_mouse_are_read_and_added_to()
    {
        await using OpenedPage page = await browser.Open();
        await page.Press("4");
        List<string> wrong = [];
        for (int digit = 0; digit < 10; digit++)
        {
            await page.Draw(Handwriting.Of(digit));
            string answer = await page.Answer();
            if (answer != $"{digit} + 4 = {digit + 4}")
                wrong.Add(answer);
            await page.Click("Clear");
            await page.Shows("? + 4 = ?");
        }

        Assert.True(wrong.Count <= 1, string.Join("; ", wrong));
    }

    [Fact]
    public async Task A_finger_draws_and_the_page_stays_where_it_is()
    {
        await using OpenedPage page = await browser.Open(width: 390, height: 844, touch: true);
        await page.Touch(Handwriting.Of(3));
        await page.Shows("3 + 5 = 8");
        await page.Touch(Handwriting.Strokes("280,480 280,100"));
        Assert.Equal(0, await page.Evaluate<double>("scrollY"));
    }

    [Fact]
    public async Task The_answer_follows_the_pen()
    {
        await using OpenedPage page = await browser.Open();
        LocatorBoundingBoxResult box = (await page.Board.BoundingBoxAsync())!;
        await page.Tab.Mouse.MoveAsync(box.X + (box.Width / 2), box.Y + (box.Height / 4));
        await page.Tab.Mouse.DownAsync();
        await page.Says("That is a dot so far.");
        await page.Tab.Mouse.MoveAsync(box.X + (box.Width / 2), box.Y + (box.Height * 3 / 4), new MouseMoveOptions { Steps = 5 });
        await page.Shows("1 + 5 = 6");
        await page.Tab.Mouse.UpAsync();
    }

    [Fact]
    public async Task A_stroke_drawn_while_a_question_is_under_way_is_asked_about()
    {
        await using OpenedPage page = await browser.Open();
        var held = new TaskCompletionSource();
        int asked = 0;
        await page.Tab.RouteAsync("**/v1/predict*", async route =>
        {
            if (Interlocked.Increment(ref asked) == 1)
                await held.Task;
            await route.ContinueAsync();
        });
        await page.Draw(Handwriting.Of(4));
        Assert.Equal(1, asked);
        held.SetResult();
        await page.Shows("4 + 5 = 9");
        await page.Answer();
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task Undo_takes_strokes_and_clearing_back_one_by_one()
    {
        await using OpenedPage page = await browser.Open();
        await Expect(page.Tab.Locator("#undo")).ToBeDisabledAsync();
        await page.Draw(Handwriting.Of(1));
        await page.Shows("1 + 5 = 6");
        await page.Draw(Handwriting.Strokes("190,160 290,130 / 200,435 360,435"));
        string withSerifs = await page.Answer();
        await page.Click("Clear");
        await page.Says("Nothing is drawn yet.");
        await Expect(page.Tab.Locator("#clear")).ToBeDisabledAsync();
        await page.Click("Undo");
        await page.Shows(withSerifs);
        await page.Click("Undo");
        await page.Click("Undo");
        await page.Shows("1 + 5 = 6");
        await page.Press("Control+z");
        await page.Shows("? + 5 = ?");
        await Expect(page.Tab.Locator("#undo")).ToBeDisabledAsync();
    }

    [Fact]
    public async Task Keys_alone_draw_choose_undo_and_clear()
    {
        await using OpenedPage page = await browser.Open();
        await page.Press("Tab");
        await Expect(page.Board).ToBeFocusedAsync();
        Assert.NotEqual("none", await page.Evaluate<string>("getComputedStyle(document.activeElement).outlineStyle"));
        for (int up = 0; up < 10; up++)
            await page.Press("ArrowUp");
        await page.Press("Space");
        for (int down = 0; down < 20; down++)
            await page.Press("ArrowDown");
        await page.Press("Space");
        await page.Press("ArrowLeft"); // the pen is up
        await page.Press("7");
        await page.Shows("1 + 7 = 8");

        await TabTo("input[name=number]");
        await page.Press("ArrowRight");
        await page.Shows("1 + 8 = 9");
        await page.Press("Backspace");
        await page.Shows("? + 8 = ?");
        await TabTo("[data-sample='02-nine']");
        await page.Press("Enter");
        await page.Shows("9 + 8 = 17");
        await page.Press("Delete");
        await page.Shows("? + 8 = ?");

        async Task TabTo(string selector)
        {
            for (int tabs = 0; tabs < 30; tabs++)
            {
                await page.Press("Tab");
                if (await page.Evaluate<bool>($"document.activeElement.matches(\"{selector}\")"))
                    return;
            }

            Assert.Fail($"Tab never comes to {selector}.");
        }
    }

    [Theory]
    [InlineData("200,140 195,430 / 400,140 395,430", "several separate inks")]
    [InlineData("290,20 280,540", "ink touches the border")]
    public async Task A_doubtful_drawing_is_answered_with_a_warning_and_nothing_moves(string strokes, string warning)
    {
        await using OpenedPage page = await browser.Open(width: 390, height: 844);
        double[] before = await Places();
        await page.Draw(Handwriting.Strokes(strokes));
        await Expect(page.Tab.Locator("#warning")).ToContainTextAsync(warning);
        Assert.Equal(before, await Places());
        await page.Press("Delete");
        await Expect(page.Tab.Locator("#warning")).ToBeEmptyAsync();

        Task<double[]> Places() => page.Evaluate<double[]>("['#canvas', '#numbers', '.answer'].map(part => document.querySelector(part).getBoundingClientRect().top)");
    }

    [Fact]
    public async Task What_the_network_saw_is_shown_to_the_grey_level()
    {
        await using OpenedPage page = await browser.Open();
        await page.Draw(Handwriting.Of(2));
        await page.Answer();
        IResponse response = await page.Tab.RunAndWaitForResponseAsync(() => page.Press("6"), answer => answer.Url.EndsWith("/v1/predict?pixels=true", StringComparison.Ordinal));
        await page.Shows("2 + 6 = 8");
        JsonElement pixels = (await response.JsonAsync())!.Value.GetProperty("pixels");
        int[] shown = await page.Evaluate<int[]>("[...document.getElementById('seen').getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, index) => index % 4 === 1)");
        Assert.Contains(shown, level => level > 200);
        Assert.Equal(pixels.EnumerateArray().Select(level => level.GetInt32()), shown);
    }

    [Fact]
    public async Task Only_the_last_of_many_answers_is_read_aloud()
    {
        await using OpenedPage page = await browser.Open();
        await Expect(page.Tab.Locator("#told")).ToHaveTextAsync("Nothing is drawn yet.");
        // The page's time stands still while it is drawn on: a slow machine's pen doesn't rest.
        await page.Tab.Clock.InstallAsync();
        await page.Tab.Clock.PauseAtAsync(await page.Evaluate<DateTime>("new Date(Date.now() + 1000)"));
        await page.Evaluate<bool>("window.told = [], new MutationObserver(() => told.push(document.getElementById('told').textContent)).observe(document.getElementById('told'), { childList: true }), true");
        await page.Draw(Handwriting.Of(7));
        await page.Shows("7 + 5 = 12");
        Assert.Empty(await page.Evaluate<string[]>("told"));
        await page.Tab.Clock.RunForAsync(1_000);
        await Expect(page.Tab.Locator("#told")).ToContainTextAsync("7 + 5 = 12. Digit ");
        Assert.Single(await page.Evaluate<string[]>("told"));
    }
}
