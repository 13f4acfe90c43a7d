using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MnistAdder.Tests.Support.Models;

/// <summary>Reads data views into values that can be compared.</summary>
internal static class Table
{
    /// <summary>All rows, each with its columns' values in order; vectors become arrays.</summary>
    public static List<object?[]> Read(IDataView view) => Read(view, [.. view.Schema.Select(column => column.Name)]);

    /// <summary>All rows with some of the columns.</summary>
    public static List<object?[]> Read(IDataView view, params string[] columns)
    {
        DataViewSchema.Column[] wanted = [.. columns.Select(name => view.Schema[name])];
        using DataViewRowCursor cursor = view.GetRowCursor(wanted);
        return Read(cursor, wanted);
    }

    /// <summary>Rows with some of the columns, one after the other, so that those before one that throws arrive.</summary>
    public static IEnumerable<object?[]> Enumerate(IDataView view, params string[] columns)
    {
        DataViewSchema.Column[] wanted = [.. columns.Select(name => view.Schema[name])];
        using DataViewRowCursor cursor = view.GetRowCursor(wanted);
        Func<object?>[] readers = [.. wanted.Select(column => Reader(cursor, column))];
        while (cursor.MoveNext())
            yield return [.. readers.Select(read => read())];
    }

    /// <summary>The rest of a cursor's rows.</summary>
    public static List<object?[]> Read(DataViewRowCursor cursor, DataViewSchema.Column[] columns)
    {
        Func<object?>[] readers = [.. columns.Select(column => Reader(cursor, column))];
        var rows = new List<object?[]>();
        while (cursor.MoveNext())
            rows.Add([.. readers.Select(read => read())]);
        return rows;
    }

    private static Func<object?> Reader(DataViewRow row, DataViewSchema.Column column)
    {
        bool isVector = column.Type is VectorDataViewType;
        Type type = isVector ? ((VectorDataViewType)column.Type).ItemType.RawType : column.Type.RawType;
        MethodInfo method = typeof(Table).GetMethod(isVector ? nameof(Vector) : nameof(Scalar), BindingFlags.NonPublic | BindingFlags.Static)!;
        return (Func<object?>)method.MakeGenericMethod(type).Invoke(null, [row, column])!;
    }

    private static Func<object?> Scalar<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return Plain(value);
        };
    }

    private static Func<object?> Vector<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            getter(ref value);
            return value.DenseValues().Select(item => Plain(item)).ToArray();
        };
    }

    // Texts compare by their characters, and what stock ML.NET gives as a sequence of maps by its entries.
    private static object? Plain<T>(T value) => value switch
    {
        ReadOnlyMemory<char> text => text.ToString(),
        IEnumerable<IDictionary<long, float>> maps => maps.Select(map => map.OrderBy(pair => pair.Key).ToArray()).ToArray(),
        _ => value,
    };
}
