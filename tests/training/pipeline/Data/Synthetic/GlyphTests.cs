using System.Numerics;
using MnistAdder.Training.Base;
using MnistAdder.Training.Data.Synthetic;

namespace MnistAdder.Training.Tests.Data.Synthetic;

public sealed class GlyphTests
{
    private static readonly GlyphStyle[][] s_styles = [.. GlyphsZeroToFour.Styles, .. GlyphsFiveToNine.Styles];

    [Fact]
    public void Every_digit_has_several_styles_with_strokes_of_two_points_or_more()
    {
        for (int digit = 0; digit < 10; digit++)
        {
            Assert.InRange(s_styles[digit].Length, 3, 20);
            foreach (GlyphStyle style in s_styles[digit])
            {
                Assert.True(style.Weight > 0);
                Assert.All(style.Mix(new DrawingRandom(new SeededRandom(1, 1))), stroke => Assert.True(stroke.Points.Length >= 2));
            }
        }
    }

    [Fact]
    public void Styles_are_chosen_as_often_as_their_weights_say()
    {
        var random = new DrawingRandom(new SeededRandom(9, 9));
        for (int digit = 0; digit < 10; digit++)
        {
            GlyphStyle[] chosen = [.. Enumerable.Range(0, 4000).Select(_ => GlyphCatalog.Choose(digit, random))];
            double total = s_styles[digit].Sum(style => style.Weight);
            foreach (GlyphStyle style in s_styles[digit])
                Assert.Equal(style.Weight / total, chosen.Count(other => other == style) / 4000.0, 0.04);
        }
    }

    [Fact]
    public void A_mixture_lies_between_the_poses()
    {
        var style = new GlyphStyle(1, "0,0 10,10! 20,0 | 5,5 6,6", "100,0 50,10! 20,80 | 5,5 8,6");
        for (int i = 0; i < 200; i++)
        {
            Stroke[] strokes = style.Mix(new DrawingRandom(new SeededRandom(3, i)));

            Assert.Equal(2, strokes.Length);
            Assert.Equal([false, true, false], strokes[0].Corners);
            Assert.InRange(strokes[0].Points[0].X, 0, 100);
            Assert.InRange(strokes[0].Points[1].X, 10, 50);

            // One share for all points of a drawing.
            Assert.Equal(strokes[0].Points[0].X / 100, strokes[0].Points[2].Y / 80, 0.001f);
        }
    }

    [Theory]
    [InlineData("0,0 10,10", "0,0 10,10 20,20")]
    [InlineData("0,0 10,10", "0,0 10,10 | 1,1 2,2")]
    [InlineData("0,0 5,5! 10,10", "0,0 5,5 10,10")]
    public void Poses_that_disagree_are_refused(string pose, string other) =>
        Assert.Throws<ArgumentException>(() => new GlyphStyle(1, pose, other));

    [Theory]
    [InlineData("0,0 10")]
    [InlineData("0,0 a,b")]
    [InlineData("0,0 1,2,3")]
    public void A_point_that_is_not_two_numbers_is_refused(string pose) => Assert.Throws<FormatException>(() => new GlyphStyle(1, pose));

    [Fact]
    public void A_curve_runs_through_its_points_and_turns_at_once_only_at_corners()
    {
        Vector2[] points = [new(0, 0), new(40, 60), new(80, 0)];
        Vector2[] round = new Stroke(points, [false, false, false]).Trace();
        Vector2[] sharp = new Stroke(points, [false, true, false]).Trace();

        Assert.All(points, point => Assert.Contains(point, round));
        Assert.All(points, point => Assert.Contains(point, sharp));
        Assert.True(SharpestTurn(round) < 50, $"{SharpestTurn(round)}");
        Assert.True(SharpestTurn(sharp) > 90, $"{SharpestTurn(sharp)}");
    }

    // In degrees.
    private static double SharpestTurn(Vector2[] line)
    {
        double sharpest = 0;
        for (int i = 1; i + 1 < line.Length; i++)
        {
            Vector2 before = Vector2.Normalize(line[i] - line[i - 1]), after = Vector2.Normalize(line[i + 1] - line[i]);
            sharpest = Math.Max(sharpest, Math.Acos(Math.Clamp(Vector2.Dot(before, after), -1, 1)) * 180 / Math.PI);
        }

        return sharpest;
    }
}
