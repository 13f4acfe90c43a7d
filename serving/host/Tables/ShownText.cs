using MnistAdder.Commands;

namespace MnistAdder.Scoring.Tables;

/// <summary>Text of a file in a message: short, and without what a terminal would act upon.</summary>
internal static class ShownText
{
    private const int Longest = 40;
    private const int MostFields = 10;

    /// <summary>A field's beginning.</summary>
    public static string Of(string field) =>
        TerminalText.OneLine(field.Length <= Longest ? field : field[..(char.IsHighSurrogate(field[Longest - 1]) ? Longest - 1 : Longest)] + "…");

    /// <summary>A record's first fields, in apostrophes.</summary>
    public static string Of(IReadOnlyCollection<string> fields)
    {
        string all = string.Join(", ", fields.Take(MostFields).Select(field => $"'{Of(field)}'"));
        return fields.Count <= MostFields ? all : $"{all} and {fields.Count - MostFields} more";
    }
}
