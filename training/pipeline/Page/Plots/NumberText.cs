using System.Globalization;

namespace MnistAdder.Training.Page.Plots;

/// <summary>Numbers as the report writes them.</summary>
internal static class NumberText
{
    /// <summary>What stands where there is no number.</summary>
    public const string None = "–";

    /// <summary>A share 0…1 in per cent, for instance <c>99.30 %</c>.</summary>
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.00} %");

    /// <summary>A share 0…1, or a dash where it is undefined.</summary>
    public static string Percent(double? share) => share is { } known ? Percent(known) : None;

    /// <summary>A probability 0…1 in per cent; a small one keeps its first digits, for instance <c>0.0021 %</c>, and none but 1 is <c>100.0 %</c>.</summary>
    public static string Probability(double probability) => probability switch
    {
        > 0 and < 0.001 => string.Create(CultureInfo.InvariantCulture, $"{100 * probability:G2} %"),
        >= 0.9995 and < 1 => "> 99.9 %",
        _ => string.Create(CultureInfo.InvariantCulture, $"{100 * probability:0.0} %"),
    };

    /// <summary>A count with separators of thousands.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number in a format of the invariant culture.</summary>
    public static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
