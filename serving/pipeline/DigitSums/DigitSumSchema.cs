using Microsoft.ML;
using Microsoft.ML.Data;

namespace MnistAdder.Serving.DigitSums;

/// <summary>Checks the columns that the digit-sum transform reads, and describes those that it adds.</summary>
internal static class DigitSumSchema
{
    /// <summary>The image column.</summary>
    /// <exception cref="ArgumentException">It is missing or no image.</exception>
    public static DataViewSchema.Column Image(DigitSumOptions options, DataViewSchema schema)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(options.ImageColumn) ?? throw MissingImage(options);
        var vector = column.Type as VectorDataViewType;
        return ImageColumn.Takes(vector?.ItemType ?? column.Type, vector is not null) ? column : throw WrongImage(options, column.Type);
    }

    /// <summary>The number column.</summary>
    /// <exception cref="ArgumentException">It is missing or no integer.</exception>
    public static DataViewSchema.Column Number(DigitSumOptions options, DataViewSchema schema)
    {
        DataViewSchema.Column column = schema.GetColumnOrNull(options.NumberColumn) ?? throw MissingNumber(options);
        return NumberColumn.Takes(column.Type) ? column : throw WrongNumber(options, column.Type);
    }

    /// <summary>Checks a schema's shape and adds the new columns to it.</summary>
    /// <exception cref="ArgumentException">A column is missing or has a type that doesn't fit.</exception>
    public static SchemaShape Extend(TransformsCatalog catalog, DigitSumOptions options, SchemaShape schema)
    {
        SchemaShape.Column image = schema.FirstOrDefault(column => column.Name == options.ImageColumn);
        if (image.Name is null)
            throw MissingImage(options);
        if (!ImageColumn.Takes(image.ItemType, image.Kind != SchemaShape.Column.VectorKind.Scalar))
            throw WrongImage(options, image.ItemType);

        SchemaShape.Column number = schema.FirstOrDefault(column => column.Name == options.NumberColumn);
        if (number.Name is null)
            throw MissingNumber(options);
        if (number.Kind != SchemaShape.Column.VectorKind.Scalar || !NumberColumn.Takes(number.ItemType))
            throw WrongNumber(options, number.ItemType);

        // The constructors of SchemaShape.Column are closed to other assemblies; an estimator of ML.NET's own makes them.
        var definition = SchemaDefinition.Create(typeof(Added));
        definition[nameof(Added.Digit)].ColumnName = options.Columns.Digit;
        definition[nameof(Added.DigitProbabilities)].ColumnName = options.Columns.DigitProbabilities;
        definition[nameof(Added.Sum)].ColumnName = options.Columns.Sum;
        definition[nameof(Added.SumProbabilities)].ColumnName = options.Columns.SumProbabilities;
        definition[nameof(Added.Error)].ColumnName = options.Columns.Error;
        definition[nameof(Added.Warning)].ColumnName = options.Columns.Warning;
        return catalog.CustomMapping<Nothing, Added>((_, _) => { }, contractName: null, outputSchemaDefinition: definition).GetOutputSchema(schema);
    }

    private static ArgumentException MissingImage(DigitSumOptions options) => new(
        $"The image column '{options.ImageColumn}' is missing; it is text (a path), a vector of Byte (an encoded file, or 784 grey levels) or an image.");

    private static ArgumentException WrongImage(DigitSumOptions options, DataViewType type) => new(
        $"The image column '{options.ImageColumn}' holds {type}; it must be text (a path), a vector of Byte (an encoded file, or 784 grey levels) or an image.");

    private static ArgumentException MissingNumber(DigitSumOptions options) => new(
        $"The number column '{options.NumberColumn}' is missing; it is an integer, or text that is one.");

    private static ArgumentException WrongNumber(DigitSumOptions options, DataViewType type) => new(
        $"The number column '{options.NumberColumn}' holds {type}; it must be an integer, or text that is one.");

    private sealed class Nothing;

    private sealed class Added
    {
        public long Digit { get; set; }

        [VectorType(ModelContract.DigitClasses)]
        public float[] DigitProbabilities { get; set; } = [];

        public long Sum { get; set; }

        [VectorType(ModelContract.SumClasses)]
        public float[] SumProbabilities { get; set; } = [];

        public string Error { get; set; } = "";

        public string Warning { get; set; } = "";
    }
}
