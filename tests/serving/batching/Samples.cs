using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Tests.Support.Models;

namespace MnistAdder.OnnxBatching.Tests;

/// <summary>Rows for <see cref="TestModels.TwoInputsTwoOutputs"/>, and columns of many types that pass through.</summary>
internal sealed class Sample
{
    [ColumnName("x"), VectorType(3)]
    public float[] X { get; set; } = [];

    [ColumnName("n")]
    public long N { get; set; }

    public string Text { get; set; } = "";

    public string[] Words { get; set; } = [];

    public DateTime Time { get; set; }

    [KeyType(1000)]
    public uint Key { get; set; }

    public bool Flag { get; set; }

    public static Sample Of(int row) => new()
    {
        X = [row, 0.5f * row, 1],
        N = row % 7,
        Text = $"row {row}",
        Words = [.. Enumerable.Range(0, row % 4).Select(word => $"{row}.{word}")],
        Time = new DateTime(2026, 1, 1).AddMinutes(row),
        Key = (uint)(row % 1000) + 1,
        Flag = row % 3 == 0,
    };

    public static IDataView View(MLContext mlContext, int rows) =>
        mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(Of));
}

/// <summary>One vector column of three items, of any type.</summary>
internal sealed class Three<T>
{
    [ColumnName("x"), VectorType(3)]
    public T[] X { get; set; } = [];
}

/// <summary>One vector column of any length.</summary>
internal sealed class Any
{
    [ColumnName("x")]
    public float[] X { get; set; } = [];
}
