using Microsoft.ML;

namespace MnistAdder.OnnxBatching.Rows;

/// <summary>What every getter of ML.NET checks before it is handed out.</summary>
internal static class ColumnTypes
{
    /// <summary>Checks that a getter can be had.</summary>
    /// <typeparam name="TValue">The type asked for.</typeparam>
    /// <param name="schema">The row's schema.</param>
    /// <param name="column">The column asked for.</param>
    /// <param name="isActive">Whether the column was asked for when the row was made.</param>
    /// <exception cref="ArgumentException">The column isn't active in this row.</exception>
    /// <exception cref="InvalidOperationException">The column has another type.</exception>
    public static void Check<TValue>(DataViewSchema schema, DataViewSchema.Column column, bool isActive)
    {
        if (!isActive)
            throw new ArgumentException($"Column '{column.Name}' isn't active in this row.", nameof(column));
        Type raw = schema[column.Index].Type.RawType;
        if (raw != typeof(TValue))
            throw new InvalidOperationException($"Column '{column.Name}' holds {raw}, not {typeof(TValue)}.");
    }
}
