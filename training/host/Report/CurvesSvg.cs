using System.Globalization;
using System.Text;
using MnistAdder.Training.Fit;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace MnistAdder.Training.Report;

/// <summary>Curves over the epochs of both heads, for training and test, as SVG.</summary>
internal static class CurvesSvg
{
    private const double Width = 720;
    private const double Height = 420;

    // OxyPlot cuts the legend at its box, which it measures by a narrower font than most; trailing spaces widen it.
    private const int LegendWidth = 26;

    // The least share of wrong answers, in per cent, that has a place on a logarithmic axis.
    private const double LeastError = 0.001;

    // Colour-blind safe: M. Okabe and K. Ito, "Color Universal Design" (2008).
    private static readonly OxyColor DigitColour = OxyColor.FromRgb(0x00, 0x72, 0xB2);
    private static readonly OxyColor SumColour = OxyColor.FromRgb(0xD5, 0x5E, 0x00);

    /// <summary>Mean loss in nats, on a logarithmic axis.</summary>
    public static string Loss(IReadOnlyList<EpochResult> history)
    {
        var axis = new LogarithmicAxis { Position = AxisPosition.Left, Title = "loss (nats)", AxisTitleDistance = 16, MajorGridlineStyle = LineStyle.Dot };
        return Draw("Loss", history, axis, LegendPosition.RightTop, scores => scores.DigitLoss, scores => scores.SumLoss);
    }

    /// <summary>Accuracy in per cent, on an axis that is logarithmic in what is missing from 100: 90, 99 and 99.9 are a step apart.</summary>
    public static string Accuracy(IReadOnlyList<EpochResult> history)
    {
        var axis = new LogarithmicAxis
        {
            Position = AxisPosition.Left,
            Title = "accuracy (%)",
            AxisTitleDistance = 16,
            MajorGridlineStyle = LineStyle.Dot,
            StartPosition = 1,
            EndPosition = 0,
            LabelFormatter = error => (100 - error).ToString("0.###", CultureInfo.InvariantCulture),
        };
        return Draw("Accuracy", history, axis, LegendPosition.RightBottom, scores => Error(scores.DigitAccuracy), scores => Error(scores.SumAccuracy));

        static double Error(double accuracy) => Math.Max(LeastError, 100 * (1 - accuracy));
    }

    private static string Draw(
        string title,
        IReadOnlyList<EpochResult> history,
        Axis vertical,
        LegendPosition legend,
        Func<HeadScores, double> digit,
        Func<HeadScores, double> sum)
    {
        var plot = new PlotModel { Title = title, Background = OxyColors.White, Culture = CultureInfo.InvariantCulture };
        plot.Legends.Add(new Legend { LegendPosition = legend, LegendBackground = OxyColors.White, LegendBorder = OxyColors.LightGray, LegendLineSpacing = 4 });
        plot.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Bottom,
            Title = "epoch",
            AxisTitleDistance = 10,
            MinimumMajorStep = 1,
            MinimumMinorStep = 1,
            Minimum = 0.5,
            Maximum = history.Count + 0.5,
        });
        plot.Axes.Add(vertical);
        Add("digit, training", DigitColour, LineStyle.Dash, epoch => digit(epoch.Training));
        Add("sum, training", SumColour, LineStyle.Dash, epoch => sum(epoch.Training));
        if (history.All(epoch => epoch.Test is not null))
        {
            Add("digit, test", DigitColour, LineStyle.Solid, epoch => digit(epoch.Test!));
            Add("sum, test", SumColour, LineStyle.Solid, epoch => sum(epoch.Test!));
        }

        using var stream = new MemoryStream();
        new SvgExporter { Width = Width, Height = Height, UseVerticalTextAlignmentWorkaround = true }.Export(plot, stream);
        return Encoding.UTF8.GetString(stream.ToArray());

        void Add(string name, OxyColor colour, LineStyle style, Func<EpochResult, double> value)
        {
            var line = new LineSeries { Title = name.PadRight(LegendWidth), Color = colour, LineStyle = style, MarkerType = MarkerType.Circle, MarkerSize = 2.5, MarkerFill = colour };
            line.Points.AddRange(history.Select(epoch => new DataPoint(epoch.Epoch, value(epoch))));
            plot.Series.Add(line);
        }
    }
}
